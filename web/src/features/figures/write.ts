import { type Figure, SIZE } from "./figure";

/** So many pixels to one of the figure's units: enough for a page in print. */
const SHARPNESS = 3;

/** The numbers behind a figure, a line each. */
export function toSeriesCsv({ series }: Figure): string {
  const lines = series.flatMap(({ label, points }) =>
    points.map(({ x, y, low, high }) => [harmless(label), x, y, low ?? "", high ?? ""].join(",")),
  );
  return `${["series,x,y,low,high", ...lines].join("\n")}\n`;
}

/** A name that begins like a formula would be run by a spreadsheet. */
function harmless(text: string): string {
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

/** A drawing as a file of its own: black on white, whatever the theme of the page. */
export function toSvg(drawing: SVGSVGElement): string {
  const copy = drawing.cloneNode(true) as SVGSVGElement;
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(SIZE.width));
  copy.setAttribute("color", "#1a1a1f");
  copy.setAttribute("font-family", "Inter, Helvetica, Arial, sans-serif");
  copy.removeAttribute("class");
  return new XMLSerializer().serializeToString(copy);
}

export async function toPng(drawing: SVGSVGElement): Promise<Blob> {
  const height = Number(drawing.getAttribute("viewBox")?.split(" ")[3]);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(toSvg(drawing))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [SHARPNESS * SIZE.width, SHARPNESS * height];
  const context = canvas.getContext("2d");
  if (!context) {
    throw new Error("This browser draws no canvas; take the SVG.");
  }
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) =>
      blob ? resolve(blob) : reject(new Error("The picture could not be written.")),
    ),
  );
}

/** Hand a file to the browser to keep. */
export function download(content: Blob, name: string): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

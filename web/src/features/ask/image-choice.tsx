import { useMutation } from "@tanstack/react-query";
import { ImagePlus, X } from "lucide-react";
import { type DragEvent, type Ref, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { at } from "@/api/prefix";
import { uploadImage } from "@/api/questions";
import { classNames } from "@/components/class-names";
import { Failure } from "@/components/failure";
import { Button } from "@/components/ui/button";
import { MOST_IMAGES } from "./question";

interface ImageChoiceProps {
  projectId: string;
  images: readonly string[];
  onAdd: (digests: string[]) => void;
  onRemove: (place: number) => void;
}

/** The images that are asked about, as the server keeps them, and the way to bring more. */
export function ImageChoice({ projectId, images, onAdd, onRemove }: ImageChoiceProps) {
  const room = MOST_IMAGES - images.length;
  const choice = useRef<HTMLInputElement>(null);
  const upload = useMutation({
    mutationFn: (files: readonly File[]) =>
      Promise.all(files.map((file) => uploadImage(projectId, file))),
    onSuccess: (uploaded) => onAdd(uploaded.map(({ digest }) => digest)),
  });
  const bring = (files: FileList | null) => {
    const chosen = [...(files ?? [])].slice(0, room);
    if (chosen.length > 0) {
      upload.mutate(chosen);
    }
  };
  const remove = (place: number) => {
    // The choice may have had no room before, and takes the focus over from the button that goes.
    flushSync(() => onRemove(place));
    choice.current?.focus();
  };
  return (
    <div className="flex flex-col gap-2">
      {images.length > 0 && (
        <ul className="flex flex-wrap gap-2">
          {images.map((digest, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: one image may stand twice.
            <li key={`${place} ${digest}`} className="relative">
              <img
                src={at(`/api/v1/artifacts/${digest}`)}
                alt={`${place + 1}, as it is asked about`}
                className="h-40 max-w-full min-w-24 rounded-small border border-line bg-sunken object-contain"
              />
              <Button
                size="icon"
                className="absolute top-1 right-1 size-6"
                aria-label={`Remove image ${place + 1}`}
                title="Remove"
                onClick={() => remove(place)}
              >
                <X aria-hidden />
              </Button>
            </li>
          ))}
        </ul>
      )}
      {room > 0 && (
        <Drop
          ref={choice}
          title={images.length > 0 ? "Add another image" : "Choose an image, or drop it here"}
          isBusy={upload.isPending}
          onFiles={bring}
        />
      )}
      {upload.error && <Failure error={upload.error} />}
    </div>
  );
}

interface DropProps {
  ref: Ref<HTMLInputElement>;
  title: string;
  isBusy: boolean;
  onFiles: (files: FileList | null) => void;
}

function Drop({ ref, title, isBusy, onFiles }: DropProps) {
  const [isOver, setOver] = useState(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    onFiles(event.dataTransfer.files);
  };
  return (
    <label
      className={classNames(
        "flex min-h-20 cursor-pointer flex-col items-center justify-center gap-1 rounded-panel border border-dashed p-3 text-center",
        "focus-within:outline-2 focus-within:outline-offset-1 focus-within:outline-accent hover:bg-sunken",
        isOver ? "border-accent bg-accent-soft" : "border-line-strong",
      )}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <span className="inline-flex items-center gap-1.5 font-medium">
        <ImagePlus aria-hidden className="size-4 text-muted" />
        {isBusy ? "Uploading …" : title}
      </span>
      <span className="text-small text-muted">PNG, JPEG or WebP, up to 16 MiB</span>
      <input
        ref={ref}
        type="file"
        accept="image/png,image/jpeg,image/webp"
        multiple
        className="sr-only"
        onChange={({ target }) => {
          onFiles(target.files);
          // The same file can be chosen again after it was removed.
          target.value = "";
        }}
      />
    </label>
  );
}

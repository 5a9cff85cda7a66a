import type { DatasetSnapshot, PreviewRow } from "@/api/schema";

export function fakeDataset(changes: Partial<DatasetSnapshot> = {}): DatasetSnapshot {
  return {
    id: "dat_1",
    name: "geometry",
    location: "sets/geometry",
    rows: 990,
    images: 64,
    demonstrations: 900,
    answers: 990,
    splits: { train: 890, test: 100 },
    imported: {
      format: "verl",
      source: ["train.parquet", "test.parquet"],
      rows: 1000,
      imported: 990,
      renamed: 0,
      quarantined: { gold: 3, image_broken: 7 },
    },
    fingerprint: "f".repeat(64),
    run_id: null,
    created_at: "2030-01-01T10:00:00Z",
    ...changes,
  };
}

export function fakePreviewRow(changes: Partial<PreviewRow> = {}): PreviewRow {
  return {
    id: "train-1",
    split: "train",
    images: [{ digest: "ab12", width: 640, height: 480 }],
    more_images: 0,
    question: "How many circles?",
    gold: "2",
    gold_type: "integer",
    demonstration: { caption: "- two circles", think: "count them", answer: "2" },
    turns: [],
    rollouts: 0,
    ...changes,
  };
}

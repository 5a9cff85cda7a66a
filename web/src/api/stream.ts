import { at } from "./prefix";
import type {
  BenchmarkFrame,
  LogsFrame,
  MetricsFrame,
  PipelineSnapshot,
  ResyncFrame,
  RunSnapshot,
  SamplesFrame,
} from "./schema";

/** What the stream says, by the name of its event. */
export interface Frames {
  pipeline: PipelineSnapshot;
  run: RunSnapshot;
  metrics: MetricsFrame;
  samples: SamplesFrame;
  logs: LogsFrame;
  benchmark: BenchmarkFrame;
  resync: ResyncFrame;
}

export type FrameName = keyof Frames;
export type Connection = "idle" | "connecting" | "live" | "lost";
type Listener = (frame: never) => void;

const NAMES: FrameName[] = ["pipeline", "run", "metrics", "samples", "logs", "benchmark", "resync"];
const FIRST_WAIT = 500;
const LONGEST_WAIT = 8_000;

/**
 * The tab's one stream of news, about every topic that some part of the page follows.
 *
 * A browser resumes a broken EventSource by itself with Last-Event-ID. Where it gives up, or where
 * the topics change, a new one is opened that goes on from the last cursor seen.
 */
export class LiveStream {
  #source: EventSource | undefined;
  #topics = new Map<string, number>();
  #listeners = new Map<FrameName, Set<Listener>>();
  #onOpen = new Set<() => void>();
  #onConnection = new Set<() => void>();
  #connection: Connection = "idle";
  #cursor = "";
  #wait = FIRST_WAIT;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Receive news about a topic such as `run:run_01` until the returned function is called. */
  follow(topic: string): () => void {
    this.#count(topic, 1);
    return () => this.#count(topic, -1);
  }

  on<Name extends FrameName>(name: Name, listener: (frame: Frames[Name]) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener as Listener));
    return () => listeners.delete(listener as Listener);
  }

  /** Called whenever a connection stands: what was loaded before may have missed something. */
  onOpen(listener: () => void): () => void {
    this.#onOpen.add(listener);
    return () => this.#onOpen.delete(listener);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#onConnection.add(listener);
    return () => this.#onConnection.delete(listener);
  };

  readonly connection = (): Connection => this.#connection;

  close(): void {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = undefined;
  }

  #count(topic: string, change: number): void {
    const count = (this.#topics.get(topic) ?? 0) + change;
    if (count > 0) {
      this.#topics.set(topic, count);
    } else {
      this.#topics.delete(topic);
    }
    // Topics change in bursts while a page is built; one connection serves the whole burst.
    this.#reopenIn(20);
  }

  #reopenIn(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#reopen(), milliseconds);
  }

  #reopen(): void {
    const url = this.#url();
    if (
      this.#source &&
      this.#source.readyState !== EventSource.CLOSED &&
      url.topics === this.#open
    ) {
      return;
    }
    this.#source?.close();
    this.#open = url.topics;
    if (!url.topics) {
      this.#source = undefined;
      this.#become("idle");
      return;
    }
    this.#become(this.#connection === "lost" ? "lost" : "connecting");
    this.#source = this.#listen(new EventSource(url.address));
  }

  #open = "";

  #url(): { topics: string; address: string } {
    const topics = [...this.#topics.keys()].sort().join(",");
    const query = new URLSearchParams({ topics });
    if (this.#cursor) {
      query.set("since", this.#cursor);
    }
    return { topics, address: at(`/api/v1/stream?${query}`) };
  }

  #listen(source: EventSource): EventSource {
    source.onopen = () => {
      this.#wait = FIRST_WAIT;
      this.#become("live");
      for (const listener of this.#onOpen) {
        listener();
      }
    };
    source.onerror = () => {
      this.#become("lost");
      if (source.readyState === EventSource.CLOSED) {
        this.#reopenIn(this.#wait);
        this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
      }
    };
    for (const name of NAMES) {
      source.addEventListener(name, (event: MessageEvent<string>) => {
        this.#cursor = event.lastEventId || this.#cursor;
        const frame: never = JSON.parse(event.data) as never;
        for (const listener of this.#listeners.get(name) ?? []) {
          listener(frame);
        }
      });
    }
    return source;
  }

  #become(connection: Connection): void {
    if (connection !== this.#connection) {
      this.#connection = connection;
      for (const listener of this.#onConnection) {
        listener();
      }
    }
  }
}

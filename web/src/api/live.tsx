import { useQueryClient } from "@tanstack/react-query";
import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useEffectEvent,
  useState,
  useSyncExternalStore,
} from "react";
import { keepSnapshotsFresh } from "./snapshots";
import { type Connection, type FrameName, type Frames, LiveStream } from "./stream";

const StreamContext = createContext<LiveStream | null>(null);

export function LiveProvider({ children }: { children: ReactNode }) {
  const [stream] = useState(() => new LiveStream());
  const queryClient = useQueryClient();
  useEffect(() => keepSnapshotsFresh(stream, queryClient), [stream, queryClient]);
  useEffect(() => () => stream.close(), [stream]);
  return <StreamContext value={stream}>{children}</StreamContext>;
}

function useStream(): LiveStream {
  const stream = useContext(StreamContext);
  if (!stream) {
    throw new Error("useStream needs a LiveProvider around it");
  }
  return stream;
}

/** Ask for news about these topics while the component is on the page. */
export function useTopics(topics: string[]): void {
  const stream = useStream();
  const joined = topics.join(",");
  useEffect(() => {
    const leave = joined
      .split(",")
      .filter(Boolean)
      .map((topic) => stream.follow(topic));
    return () => {
      for (const unfollow of leave) {
        unfollow();
      }
    };
  }, [stream, joined]);
}

export function useFrames<Name extends FrameName>(
  name: Name,
  listener: (frame: Frames[Name]) => void,
): void {
  const stream = useStream();
  const newest = useEffectEvent(listener);
  useEffect(() => stream.on(name, (frame) => newest(frame)), [stream, name]);
}

/** Called whenever the stream is connected, the first time and after every interruption. */
export function useStreamOpen(listener: () => void): void {
  const stream = useStream();
  const newest = useEffectEvent(listener);
  useEffect(() => stream.onOpen(() => newest()), [stream]);
}

export function useConnection(): Connection {
  const stream = useStream();
  return useSyncExternalStore(stream.subscribe, stream.connection);
}

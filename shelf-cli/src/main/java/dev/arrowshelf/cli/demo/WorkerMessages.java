package dev.arrowshelf.cli.demo;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/// What the demo and its worker processes say to each other over the workers' standard input and
/// output. The worker answers each request once, in order; the end of its input ends it.
final class WorkerMessages {
    /// Request: find neighbours. Answer: [SearchAnswer].
    static final int SEARCH = 1;

    /// Request: take a serialised copy of the table (length, bytes). Answer: its rows as a long.
    static final int RECEIVE = 2;

    /// Request: find neighbours in one of the ways. Answer: [SearchAnswer].
    static final int SEARCH_BY = 3;

    /// Said once by a worker that has the table mapped, followed by the nanoseconds that a get
    /// takes from then on.
    static final int READY = 0x41534831;

    private WorkerMessages() {}

    /// The part of the points that one worker looks at.
    ///
    /// @param from first row
    /// @param to row after the last
    /// @param neighbours how many nearest points to find for each
    /// @param samples how many rows to check by comparing with every point
    record SearchRequest(int from, int to, int neighbours, int samples) {
        void write(DataOutputStream out) throws IOException {
            out.writeByte(SEARCH);
            out.writeInt(from);
            out.writeInt(to);
            out.writeInt(neighbours);
            out.writeInt(samples);
            out.flush();
        }

        static SearchRequest read(DataInputStream in) throws IOException {
            return new SearchRequest(in.readInt(), in.readInt(), in.readInt(), in.readInt());
        }
    }

    /// Some of one worker's part of the points, evenly spread, and how to search them.
    ///
    /// @param way how
    /// @param from first row of the part
    /// @param to row after the last
    /// @param queries how many of its rows
    /// @param neighbours how many nearest points to find for each
    record WayRequest(SearchWay way, int from, int to, int queries, int neighbours) {
        /// Returns the row of a query.
        int row(int query) {
            return from + (int) ((long) (to - from) * query / queries);
        }

        void write(DataOutputStream out) throws IOException {
            out.writeByte(SEARCH_BY);
            out.writeUTF(way.name());
            out.writeInt(from);
            out.writeInt(to);
            out.writeInt(queries);
            out.writeInt(neighbours);
            out.flush();
        }

        static WayRequest read(DataInputStream in) throws IOException {
            return new WayRequest(
                    SearchWay.valueOf(in.readUTF()),
                    in.readInt(),
                    in.readInt(),
                    in.readInt(),
                    in.readInt());
        }
    }

    /// What one worker found.
    ///
    /// @param distances how many distances it summed up
    /// @param sum their sum
    /// @param samples rows checked against every point
    /// @param mismatches how many of them differed
    record SearchAnswer(long distances, double sum, int samples, int mismatches) {
        void write(DataOutputStream out) throws IOException {
            out.writeLong(distances);
            out.writeDouble(sum);
            out.writeInt(samples);
            out.writeInt(mismatches);
            out.flush();
        }

        static SearchAnswer read(DataInputStream in) throws IOException {
            return new SearchAnswer(in.readLong(), in.readDouble(), in.readInt(), in.readInt());
        }

        SearchAnswer plus(SearchAnswer other) {
            return new SearchAnswer(
                    distances + other.distances,
                    sum + other.sum,
                    samples + other.samples,
                    mismatches + other.mismatches);
        }
    }
}

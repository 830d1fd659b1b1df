package dev.arrowshelf.cli.demo;

import dev.arrowshelf.cli.demo.WorkerMessages.SearchAnswer;
import dev.arrowshelf.cli.demo.WorkerMessages.SearchRequest;
import dev.arrowshelf.cli.demo.WorkerMessages.WayRequest;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The worker processes of a chapter. Requests go to all of them before the first answer is
/// awaited, so they work at the same time. For one thread. Closing ends them all.
final class Crew implements AutoCloseable {
    private final List<WorkerProcess> workers = new ArrayList<>();

    private Crew() {}

    static Crew start(Path directory, int size) throws IOException {
        Crew crew = new Crew();
        try {
            for (int index = 0; index < size; index++) {
                crew.workers.add(WorkerProcess.start(directory));
            }
            return crew;
        } catch (IOException failure) {
            crew.close();
            throw failure;
        }
    }

    /// Waits until all have the table mapped and returns the median over them of the time a get
    /// takes.
    long awaitReady() throws IOException {
        List<Long> nanos = new ArrayList<>();
        for (WorkerProcess worker : workers) {
            nanos.add(ask(worker, WorkerProcess::awaitReady));
        }
        return nanos.stream().sorted().toList().get(nanos.size() / 2);
    }

    /// Divides the rows among the workers and adds up what they find.
    SearchAnswer search(int rows, Part part) throws IOException {
        for (int index = 0; index < workers.size(); index++) {
            int from = (int) ((long) rows * index / workers.size());
            int to = (int) ((long) rows * (index + 1) / workers.size());
            workers.get(index).request(part.request(from, to));
        }
        return sumOfAnswers();
    }

    /// Divides the rows among the workers, which search some of theirs in one way, and adds up what
    /// they find.
    ///
    /// @param queries how many rows each worker takes; 0: all of its rows
    SearchAnswer search(int rows, SearchWay way, int queries, int neighbours) throws IOException {
        for (int index = 0; index < workers.size(); index++) {
            int from = (int) ((long) rows * index / workers.size());
            int to = (int) ((long) rows * (index + 1) / workers.size());
            int some = queries == 0 ? to - from : queries;
            workers.get(index).request(new WayRequest(way, from, to, some, neighbours));
        }
        return sumOfAnswers();
    }

    private SearchAnswer sumOfAnswers() throws IOException {
        SearchAnswer sum = new SearchAnswer(0, 0, 0, 0);
        for (WorkerProcess worker : workers) {
            sum = sum.plus(ask(worker, WorkerProcess::searchAnswer));
        }
        return sum;
    }

    /// Sends a copy of a serialised table to each worker and returns the rows that each one loaded.
    List<Long> sendToAll(byte[] table) throws IOException {
        List<Long> rows = new ArrayList<>();
        for (WorkerProcess worker : workers) {
            rows.add(ask(worker, receiver -> receiver.send(table)));
        }
        return rows;
    }

    /// Returns the proportional share of all workers in the segments below a directory.
    long proportionalBytes(Path segments) throws IOException {
        long bytes = 0;
        for (WorkerProcess worker : workers) {
            bytes += MappedMemory.proportionalBytes(worker.pid(), segments);
        }
        return bytes;
    }

    @Override
    public void close() {
        for (WorkerProcess worker : workers) {
            worker.close();
        }
    }

    private static <T> T ask(WorkerProcess worker, Question<T> question) throws IOException {
        try {
            return question.ask(worker);
        } catch (EOFException end) {
            throw worker.died(end);
        }
    }

    /// Makes the request for a part of the rows.
    @FunctionalInterface
    interface Part {
        SearchRequest request(int from, int to);
    }

    private interface Question<T> {
        T ask(WorkerProcess worker) throws IOException;
    }
}

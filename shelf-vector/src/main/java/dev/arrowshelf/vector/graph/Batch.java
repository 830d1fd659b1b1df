package dev.arrowshelf.vector.graph;

import dev.arrowshelf.vector.kernel.Kernel;
import dev.arrowshelf.vector.near.Workers;
import java.util.Arrays;

/// Some points that go into a graph together. For one caller, who works on the workers' threads.
final class Batch {
    private static final int BLOCK = 8;

    private final GraphIndex graph;
    private final Kernel kernel;
    private final Workers workers;
    private final int[] members;
    private final boolean first;

    /// Prepares to insert points.
    ///
    /// @param first whether the graph is empty, and the only member is where searches begin
    Batch(GraphIndex graph, Kernel kernel, Workers workers, int[] members, boolean first) {
        this.graph = graph;
        this.kernel = kernel;
        this.workers = workers;
        this.members = members;
        this.first = first;
    }

    void insert() {
        if (first) {
            return;
        }
        workers.forBlocks(
                members.length,
                BLOCK,
                Workers.Watch.NONE,
                () -> new Lane(graph, kernel),
                (lane, from, to) -> {
                    for (int member = (int) from; member < to; member++) {
                        lane.link(members[member]);
                    }
                });
        int highest = 0;
        for (int member : members) {
            highest = Math.max(highest, graph.levelOf(member));
        }
        for (int level = 0; level <= highest; level++) {
            linkBack(level);
        }
    }

    /// Adds a link from each point that was linked to on a level.
    private void linkBack(int level) {
        long[] pairs = pairs(level);
        int[] starts = new int[pairs.length + 1];
        int targets = 0;
        for (int i = 0; i < pairs.length; i++) {
            if (i == 0 || pairs[i] >>> 32 != pairs[i - 1] >>> 32) {
                starts[targets++] = i;
            }
        }
        starts[targets] = pairs.length;
        workers.forBlocks(
                targets,
                BLOCK * 8,
                Workers.Watch.NONE,
                () -> new Lane(graph, kernel),
                (lane, from, to) -> {
                    for (int target = (int) from; target < to; target++) {
                        lane.add(level, pairs, starts[target], starts[target + 1]);
                    }
                });
    }

    /// Returns target and source of each new link, ascending.
    private long[] pairs(int level) {
        int[] linked = new int[graph.mostLinks(level)];
        long[] pairs = new long[members.length * graph.links()];
        int count = 0;
        for (int member : members) {
            if (graph.levelOf(member) < level) {
                continue;
            }
            int links = graph.readLinks(level, member, linked);
            for (int i = 0; i < links; i++) {
                pairs[count++] = (long) linked[i] << 32 | member;
            }
        }
        long[] sorted = Arrays.copyOf(pairs, count);
        Arrays.parallelSort(sorted);
        return sorted;
    }

    /// What one thread needs; for one thread.
    private static final class Lane {
        private final GraphIndex graph;
        private final GraphSearch search;
        private final Chooser chooser;
        private int[] linked;

        Lane(GraphIndex graph, Kernel kernel) {
            this.graph = graph;
            this.search = new GraphSearch(graph, GraphBuilder.CANDIDATES, kernel);
            this.chooser = new Chooser(graph, kernel);
            this.linked = new int[graph.mostLinks(0)];
        }

        /// Finds and writes the links of a point.
        void link(int point) {
            int level = graph.levelOf(point);
            search.aim(point);
            int from = search.descend(0, graph.top(), level + 1);
            for (int here = level; here >= 0; here--) {
                Pool pool = search.collect(here, from, GraphBuilder.CANDIDATES, null);
                chooser.begin(point);
                for (int place = 0; place < pool.size(); place++) {
                    chooser.offer(pool.point(place), pool.sum(place));
                }
                int count = chooser.choose(graph.links(), linked);
                graph.writeLinks(here, point, linked, count);
                from = pool.point(0);
            }
        }

        /// Adds links from a point to others.
        void add(int level, long[] pairs, int from, int to) {
            int point = (int) (pairs[from] >>> 32);
            int most = graph.mostLinks(level);
            int there = graph.readLinks(level, point, linked);
            if (there + to - from <= most) {
                for (int i = from; i < to; i++) {
                    linked[there++] = (int) pairs[i];
                }
                graph.writeLinks(level, point, linked, there);
                return;
            }
            chooser.begin(point);
            for (int i = 0; i < there; i++) {
                chooser.add(linked[i]);
            }
            for (int i = from; i < to; i++) {
                chooser.add((int) pairs[i]);
            }
            chooser.measure();
            graph.writeLinks(level, point, linked, chooser.choose(most, linked));
        }
    }
}

package dev.arrowshelf.redis;

import dev.arrowshelf.redis.process.PrivateRedis;
import dev.arrowshelf.store.model.ShelfException;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/// Three masters with a replica each, started by the test.
public final class PrivateCluster implements AutoCloseable {
    private static final int MASTERS = 3;
    private static final int SLOTS = 16_384;
    private static final int START_TRIES = 8;
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final List<PrivateRedis> nodes = new ArrayList<>();
    private final List<RedisClient> clients = new ArrayList<>();
    private final List<RedisCommands<String, String>> commands = new ArrayList<>();

    /// Starts all six and waits until they agree.
    public static PrivateCluster start() throws IOException {
        PrivateCluster cluster = new PrivateCluster();
        try {
            cluster.launch();
            return cluster;
        } catch (Throwable failure) {
            cluster.close();
            throw failure;
        }
    }

    private void launch() throws IOException {
        while (nodes.size() < 2 * MASTERS) {
            PrivateRedis node = startNode();
            nodes.add(node);
            RedisClient client = RedisClient.create(node.url());
            clients.add(client);
            commands.add(client.connect().sync());
        }
        for (int i = 0; i < MASTERS; i++) {
            int from = SLOTS * i / MASTERS;
            int to = SLOTS * (i + 1) / MASTERS;
            int[] slots = IntStream.range(from, to).toArray();
            commands.get(i).clusterAddSlots(slots);
            commands.get(i).clusterSetConfigEpoch(i + 1L);
        }
        for (int i = 1; i < nodes.size(); i++) {
            commands.get(0).clusterMeet("127.0.0.1", nodes.get(i).port());
        }
        await(
                "all nodes know each other",
                () ->
                        commands.stream()
                                .allMatch(it -> it.clusterNodes().lines().count() == nodes.size()));
        for (int i = 0; i < MASTERS; i++) {
            commands.get(MASTERS + i).clusterReplicate(commands.get(i).clusterMyId());
        }
        await(
                "every node says that the cluster is whole",
                () -> commands.stream().allMatch(PrivateCluster::isWhole));
        for (int i = MASTERS; i < nodes.size(); i++) {
            RedisCommands<String, String> replica = commands.get(i);
            await(
                    "replica follows",
                    () -> replica.info("replication").contains("master_link_status:up"));
        }
    }

    /// The port that was free may be taken by now, and so may the one that the bus listens on.
    private static PrivateRedis startNode() throws IOException {
        for (int tries = 1; ; tries++) {
            // The bus listens 10000 above.
            try {
                return PrivateRedis.startAt(
                        PrivateRedis.freePort(),
                        "--cluster-enabled",
                        "yes",
                        "--cluster-node-timeout",
                        "5000", // a machine that stands still for two seconds is not a failure
                        "--repl-diskless-sync-delay",
                        "0",
                        "--cluster-config-file",
                        "nodes.conf");
            } catch (ShelfException failure) {
                if (tries == START_TRIES) {
                    throw failure;
                }
            }
        }
    }

    private static boolean isWhole(RedisCommands<String, String> node) {
        return node.clusterInfo().contains("cluster_state:ok");
    }

    /// Returns where one of them listens.
    public String url() {
        return nodes.getFirst().url();
    }

    /// Returns a node; the masters come first, then their replicas in the same order.
    public PrivateRedis node(int index) {
        return nodes.get(index);
    }

    /// Returns a connection to one node alone.
    public RedisCommands<String, String> commands(int index) {
        return commands.get(index);
    }

    /// Returns which master has a slot at first.
    public int masterOf(int slot) {
        int master = 0;
        while (slot >= SLOTS * (master + 1) / MASTERS) {
            master++;
        }
        return master;
    }

    /// Returns whether a node says that all slots are served.
    public boolean isWhole(int index) {
        return isWhole(commands.get(index));
    }

    /// Returns whether a node is a master now.
    public boolean isMaster(int index) {
        return commands.get(index).info("replication").contains("role:master");
    }

    /// Gives a slot of one master, with its keys, to another, key by key, as an operator would.
    public void migrate(int slot, int from, int to) {
        RedisCommands<String, String> source = commands.get(from);
        RedisCommands<String, String> target = commands.get(to);
        String sourceId = source.clusterMyId();
        String targetId = target.clusterMyId();
        target.clusterSetSlotImporting(slot, sourceId);
        source.clusterSetSlotMigrating(slot, targetId);
        for (List<String> keys = source.clusterGetKeysInSlot(slot, 1);
                !keys.isEmpty();
                keys = source.clusterGetKeysInSlot(slot, 1)) {
            source.migrate("127.0.0.1", nodes.get(to).port(), keys.getFirst(), 0, 5000);
        }
        target.clusterSetSlotNode(slot, targetId); // first: it takes an epoch that others believe
        for (int i = 0; i < MASTERS; i++) {
            commands.get(i).clusterSetSlotNode(slot, targetId);
        }
    }

    /// Makes the owner of an empty slot send everybody to another master, which sends them back.
    public void disagree(int slot, int owner, int other) {
        commands.get(owner).clusterSetSlotNode(slot, commands.get(other).clusterMyId());
    }

    /// Makes a slot's owner serve it again.
    public void agree(int slot, int owner) {
        commands.get(owner).clusterSetSlotNode(slot, commands.get(owner).clusterMyId());
    }

    /// Waits for a fact, looking again and again.
    public static void await(String fact, BooleanSupplier holds) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        CountDownLatch never = new CountDownLatch(1);
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("waited too long: " + fact);
            }
            try {
                boolean _ = never.await(50, TimeUnit.MILLISECONDS);
            } catch (InterruptedException failure) {
                throw new AssertionError(failure);
            }
        }
    }

    @Override
    public void close() {
        clients.forEach(client -> client.shutdown(0, 0, TimeUnit.SECONDS));
        nodes.forEach(PrivateRedis::close);
    }
}

package dev.arrowshelf.client.local;

import dev.arrowshelf.store.ipc.IpcMessage;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.owner.PutPlan;
import dev.arrowshelf.store.table.PutPort;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// A put whose segments this process writes where the owner's plan says.
///
/// Thread rule: one thread at a time. Memory rule: [#close()] aborts what is not committed.
final class SocketPut implements PutPort.OpenPut {
    private final PutExchange exchange;
    private final PlanReader plans;
    private final long id;
    private final PutPlan plan;

    SocketPut(PutExchange exchange, PlanReader plans, long id, PutPlan plan) {
        this.exchange = exchange;
        this.plans = plans;
        this.id = id;
        this.plan = plan;
    }

    @Override
    public PutPlan plan() {
        return plan;
    }

    @Override
    public PutPlan append(List<IpcMessage> messages, List<MemorySegment> bodies) {
        return exchange.next(
                LocalVerb.PUT_APPEND, request -> request.u64(id).messages(messages), plans::plan);
    }

    @Override
    public TableInfo commit() {
        return exchange.next(LocalVerb.PUT_COMMIT, request -> request.u64(id), exchange::committed);
    }

    @Override
    public void close() {
        exchange.abort(id);
    }
}

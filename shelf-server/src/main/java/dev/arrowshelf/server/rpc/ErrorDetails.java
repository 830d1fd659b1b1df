package dev.arrowshelf.server.rpc;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import dev.arrowshelf.store.model.ShelfException;
import io.grpc.Status;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.Map;

/// What drivers read of an error besides its status and text: a `google.rpc.Status` with a
/// `google.rpc.ErrorInfo`, whose reason is the shelf's code and whose metadata has the SQLSTATE.
///
/// Written field by field: the messages are two of a library of hundreds.
final class ErrorDetails {
    /// The header that gRPC has for it.
    static final String HEADER = "grpc-status-details-bin";

    private static final String TYPE = "type.googleapis.com/google.rpc.ErrorInfo";
    private static final String DOMAIN = "arrowshelf";

    private ErrorDetails() {}

    /// Returns the header's value.
    static String of(Status status, ShelfException failure) {
        ByteString state = message(Map.of(1, utf8("sqlstate"), 2, utf8(SqlState.of(failure))));
        ByteString info =
                message(Map.of(1, utf8(failure.code().name()), 2, utf8(DOMAIN), 3, state));
        ByteString detail = Any.newBuilder().setTypeUrl(TYPE).setValue(info).build().toByteString();
        ByteString text = utf8(String.valueOf(status.getDescription()));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            CodedOutputStream out = CodedOutputStream.newInstance(bytes);
            out.writeInt32(1, status.getCode().value());
            out.writeBytes(2, text);
            out.writeBytes(3, detail);
            out.flush();
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return Base64.getEncoder().withoutPadding().encodeToString(bytes.toByteArray());
    }

    private static ByteString utf8(String text) {
        return ByteString.copyFromUtf8(Statuses.cut(text));
    }

    private static ByteString message(Map<Integer, ByteString> fields) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            CodedOutputStream out = CodedOutputStream.newInstance(bytes);
            for (int field = 1; field <= fields.size(); field++) {
                out.writeBytes(field, fields.getOrDefault(field, ByteString.EMPTY));
            }
            out.flush();
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return ByteString.copyFrom(bytes.toByteArray());
    }
}

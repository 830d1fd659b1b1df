/// gRPC over HTTP/2 on netty's codec, with two things that a general library cannot give: the bytes
/// of a message arrive while it is still being received, and a message may be made of memory that
/// nobody copies. Knows nothing of Arrow. Services written against `io.grpc` are hosted beside the
/// methods written for it.
@NullMarked
package dev.arrowshelf.server.rpc;

import org.jspecify.annotations.NullMarked;

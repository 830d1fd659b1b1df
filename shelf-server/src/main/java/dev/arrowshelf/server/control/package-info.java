/// The control socket `shelf.sock`: frames and verbs of docs/spec/local-protocol.md, answered by
/// the owner of the shelf.
@NullMarked
package dev.arrowshelf.server.control;

import org.jspecify.annotations.NullMarked;

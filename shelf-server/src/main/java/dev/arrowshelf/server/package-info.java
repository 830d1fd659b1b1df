/// The daemon: owner of one shelf, spoken to by Flight and by a local socket.
@NullMarked
package dev.arrowshelf.server;

import org.jspecify.annotations.NullMarked;

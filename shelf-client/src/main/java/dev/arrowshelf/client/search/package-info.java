/// The daemon of this host: control socket, and where its directory is.
@NullMarked
package dev.arrowshelf.client.search;

import org.jspecify.annotations.NullMarked;

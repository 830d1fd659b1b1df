/// A shelf behind a daemon: mapped on the same host, streamed from elsewhere.
@NullMarked
package dev.arrowshelf.client;

import org.jspecify.annotations.NullMarked;

/// JSON as the daemon writes and reads it: facts about the shelf, and the small objects in tickets
/// and commands.
@NullMarked
package dev.arrowshelf.server.json;

import org.jspecify.annotations.NullMarked;

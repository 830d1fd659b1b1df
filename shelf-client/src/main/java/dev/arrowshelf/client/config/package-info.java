/// Where the shelf is and how it is opened, read from arguments, environment and config file, in
/// this order of precedence. Loads no Arrow and no Flight class.
@NullMarked
package dev.arrowshelf.client.config;

import org.jspecify.annotations.NullMarked;

package dev.arrowshelf.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/// What a Redis on this host says of itself.
///
/// @param nanos when it said so, on this process's clock
/// @param lines its statements by name
record RedisInfo(long nanos, Map<String, String> lines) {
    /// Asks by a connection of its own.
    static RedisInfo of(int port) throws IOException {
        Map<String, String> lines = new HashMap<>();
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream()
                    .write("INFO everything\r\nQUIT\r\n".getBytes(StandardCharsets.US_ASCII));
            BufferedReader reader =
                    new BufferedReader(
                            new InputStreamReader(
                                    socket.getInputStream(), StandardCharsets.US_ASCII));
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                int colon = line.indexOf(':');
                if (colon > 0) {
                    lines.put(line.substring(0, colon), line.substring(colon + 1));
                }
            }
        }
        return new RedisInfo(System.nanoTime(), lines);
    }

    /// How many connections it has, this one among them.
    int connections() {
        return Integer.parseInt(lines.getOrDefault("connected_clients", "0"));
    }

    /// How many bytes it has sent since it started.
    double sentBytes() {
        return Double.parseDouble(lines.getOrDefault("total_net_output_bytes", "0"));
    }

    /// How often a command was called.
    double calls(String command) {
        String text = lines.getOrDefault("cmdstat_" + command, "calls=0,");
        return Double.parseDouble(text.substring("calls=".length(), text.indexOf(',')));
    }
}

package dev.arrowshelf.redis;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;

/// A self-signed certificate and its key, as PEM files.
record Certificates(Path certificate, Path key) {
    private static final char[] PASSWORD = "changeit".toCharArray();

    /// Makes one by the JDK's own tool.
    static Certificates of(Path folder, String name) throws IOException {
        Path store = folder.resolve(name + ".p12");
        Process tool =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "keytool")
                                        .toString(),
                                "-genkeypair",
                                "-alias",
                                name,
                                "-keyalg",
                                "EC",
                                "-dname",
                                "CN=" + name,
                                "-ext",
                                "san=ip:127.0.0.1",
                                "-validity",
                                "2",
                                "-storetype",
                                "PKCS12",
                                "-keystore",
                                store.toString(),
                                "-storepass",
                                new String(PASSWORD))
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve(name + ".log").toFile())
                        .start();
        try {
            if (tool.waitFor() != 0) {
                throw new IOException(Files.readString(folder.resolve(name + ".log")));
            }
            KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD);
            Path certificate = folder.resolve(name + ".crt");
            Path key = folder.resolve(name + ".key");
            pem(certificate, "CERTIFICATE", keys.getCertificate(name).getEncoded());
            pem(key, "PRIVATE KEY", keys.getKey(name, PASSWORD).getEncoded());
            return new Certificates(certificate, key);
        } catch (GeneralSecurityException | InterruptedException failure) {
            throw new IOException(failure);
        }
    }

    private static void pem(Path file, String what, byte[] bytes) throws IOException {
        String text =
                Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                        .encodeToString(bytes);
        Files.writeString(
                file, "-----BEGIN " + what + "-----\n" + text + "\n-----END " + what + "-----\n");
    }
}

package dev.pocketagent.kit.secret;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import dev.pocketagent.kit.KitConfig;
import io.quarkus.runtime.Startup;
import io.quarkus.runtime.configuration.ConfigurationException;

/** The key-encryption key, read once at start. A missing or malformed file stops the service with a clear sentence. */
@ApplicationScoped
@Startup
class Kek {

    private final String id;
    private final SecretBox box;
    private final SecureRandom random = new SecureRandom();

    @Inject
    Kek(KitConfig config) {
        Path file = config.kekFile().orElseThrow(() -> new ConfigurationException(
                "No key-encryption key: set pocket.kek-file (POCKET_KEK_FILE) to a file with 32 random bytes in base64,"
                        + " for example made by: head -c 32 /dev/urandom | base64"));
        byte[] key;
        try {
            key = Base64.getDecoder().decode(Files.readString(file).strip());
        } catch (IOException | IllegalArgumentException e) {
            throw new ConfigurationException("The key-encryption key in " + file + " cannot be read as base64");
        }
        if (key.length != SecretBox.KEY_BYTES) {
            throw new ConfigurationException(
                    "The key-encryption key in " + file + " has " + key.length + " bytes; 32 are needed");
        }
        this.box = new SecretBox(key, random);
        this.id = fingerprint(key);
    }

    /** Which key this is, without saying what it is: 16 hex digits. */
    String id() {
        return id;
    }

    SecretBox box() {
        return box;
    }

    SecureRandom random() {
        return random;
    }

    private static String fingerprint(byte[] key) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update("pocketagent kek id".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            return HexFormat.of().formatHex(digest.digest(key), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }
}

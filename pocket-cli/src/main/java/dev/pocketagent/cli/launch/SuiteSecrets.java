package dev.pocketagent.cli.launch;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;

import dev.pocketagent.cli.home.Home;
import dev.pocketagent.cli.home.Part;
import dev.pocketagent.cli.home.SecretFiles;
import dev.pocketagent.kit.key.ApiKey;
import dev.pocketagent.kit.key.KeyKind;

/** Every secret of a local suite: made here once, offline, one file each, readable by the owner only. */
final class SuiteSecrets {

    private static final String ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    /** 32 digits of base 62 carry 190 bits. */
    private static final int PASSWORD_DIGITS = 32;
    private static final int KEK_BYTES = 32;

    private final Home home;

    SuiteSecrets(Home home) {
        this.home = home;
    }

    /** Makes what is missing. */
    void ensure() {
        superuserPassword();
        SecretFiles.readOrCreate(home.operatorKey(), () -> ApiKey.generate(KeyKind.OPERATOR).secret());
        for (Part service : Part.SERVICES) {
            databasePassword(service);
            SecretFiles.readOrCreate(kekFile(service), SuiteSecrets::kek);
        }
        for (Part service : List.of(Part.PROVISIONER, Part.ROUTER, Part.SYNC)) {
            SecretFiles.readOrCreate(serviceKeyFile(service), () -> ApiKey.generate(KeyKind.SERVICE).secret());
        }
    }

    String superuserPassword() {
        return SecretFiles.readOrCreate(home.secrets().resolve("db-superuser.password"), SuiteSecrets::password);
    }

    String databasePassword(Part service) {
        return SecretFiles.readOrCreate(databasePasswordFile(service), SuiteSecrets::password);
    }

    Path databasePasswordFile(Part service) {
        return home.secrets().resolve("db-" + service.id() + ".password");
    }

    Path kekFile(Part service) {
        return home.secrets().resolve("kek-" + service.id() + ".key");
    }

    Path serviceKeysDirectory() {
        return SecretFiles.directory(home.secrets().resolve("service-keys"));
    }

    Path serviceKeyFile(Part service) {
        return serviceKeysDirectory().resolve(service.id() + ".key");
    }

    /** The key of a model provider, by the provider's name. */
    Path providerKeyFile(String provider) {
        return SecretFiles.directory(home.secrets().resolve("providers")).resolve(provider + ".key");
    }

    /** Keeps a provider's key, so that it need not be in the environment of every later call. */
    void saveProviderKey(String provider, String key) {
        Path file = providerKeyFile(provider);
        if (!Files.exists(file) || !SecretFiles.read(file).equals(key)) {
            SecretFiles.write(file, key);
        }
    }

    private static String password() {
        var random = new SecureRandom();
        var text = new StringBuilder();
        for (int i = 0; i < PASSWORD_DIGITS; i++) {
            text.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return text.toString();
    }

    private static String kek() {
        byte[] bytes = new byte[KEK_BYTES];
        new SecureRandom().nextBytes(bytes);
        return Base64.getEncoder().encodeToString(bytes);
    }
}

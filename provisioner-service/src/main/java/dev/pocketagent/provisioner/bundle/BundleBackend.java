package dev.pocketagent.provisioner.bundle;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;

import dev.pocketagent.provisioner.backend.Availability;
import dev.pocketagent.provisioner.backend.Backend;
import dev.pocketagent.provisioner.backend.BackendException;
import dev.pocketagent.provisioner.backend.BackendException.Kind;
import dev.pocketagent.provisioner.backend.Change;
import dev.pocketagent.provisioner.backend.Observed;
import dev.pocketagent.provisioner.backend.Progress;
import dev.pocketagent.provisioner.backend.ServiceSpec;
import dev.pocketagent.provisioner.backend.StackId;
import dev.pocketagent.provisioner.backend.StackSpec;
import dev.pocketagent.provisioner.compose.ComposeDocument;
import dev.pocketagent.provisioner.compose.ComposeSchema;
import dev.pocketagent.provisioner.tree.Tree;
import dev.pocketagent.provisioner.tree.Trees;
import dev.pocketagent.provisioner.tree.YamlWriter;

/**
 * Writes stacks as directories {@code <root>/<project>/}: {@code compose.yaml}, {@code .env.example} (names of the secrets, no values),
 * {@code README.md} and {@code bundle.json} (hashes).
 *
 * <p>
 * A new bundle appears in one rename. In an existing one each file is replaced by a rename, {@code compose.yaml} after the ones that
 * explain it and {@code bundle.json} last, so that a crash leaves a bundle that is whole, old or new, and is seen as not yet done. The
 * directory itself keeps its place, since Compose takes the project's name from it and people keep their {@code .env} there.
 */
public final class BundleBackend implements Backend {

    private static final String COMPOSE = "compose.yaml";
    private static final String MANIFEST = "bundle.json";
    private static final String TEMPORARY = ".writing-";

    private final Path root;
    private final Supplier<ComposeSchema> schema;

    /** @param root directory of all bundles; made when the first is written */
    public BundleBackend(Path root, Supplier<ComposeSchema> schema) {
        this.root = root.toAbsolutePath().normalize();
        this.schema = schema;
    }

    @Override
    public String name() {
        return "bundle";
    }

    @Override
    public Availability availability() {
        Path existing = root;
        while (!Files.exists(existing)) {
            Path parent = existing.getParent();
            if (parent == null) {
                break;
            }
            existing = parent;
        }
        return Files.isDirectory(existing) && Files.isWritable(existing)
                ? new Availability.Available("bundles are written to " + root)
                : new Availability.Unavailable("cannot write to " + root,
                        "make the directory writable or set pocket.provisioner.bundle-dir");
    }

    @Override
    public Observed observe(StackId stack) throws BackendException {
        Path directory = directory(stack);
        Optional<String> hash = Optional.empty();
        try {
            String compose = Files.readString(directory.resolve(COMPOSE));
            Tree manifest = Trees.readYaml(Files.readString(directory.resolve(MANIFEST)));
            if (manifest instanceof Tree.Fields fields && fields.get("specHash") instanceof Tree.Text specHash
                    && Tree.text(Trees.sha256(compose)).equals(fields.get("composeSha256"))) {
                hash = Optional.of(specHash.value());
            }
        } catch (NoSuchFileException e) {
            // not written yet
        } catch (IllegalArgumentException e) {
            // changed by hand: counts as not written
        } catch (IOException e) {
            throw failed("cannot read the bundle in " + directory, e);
        }
        return new Observed.Bundle(directory.toString(), hash);
    }

    @Override
    public void execute(Change change, StackSpec spec, Progress progress) throws BackendException {
        progress.proceed();
        switch (change) {
            case Change.WriteBundle write -> write(spec, progress);
            case Change.RemoveBundle remove -> remove(spec.id(), progress);
            default -> throw new BackendException(Kind.UNSUPPORTED, "a bundle is written or removed as a whole");
        }
    }

    @Override
    public List<String> logs(StackId stack, String service, int lines) throws BackendException {
        throw new BackendException(Kind.UNSUPPORTED,
                "a bundle does not run here: its logs are where it was started, see docker compose logs " + service);
    }

    /** Where the bundle of a stack is or would be. */
    public Path directory(StackId stack) {
        return root.resolve(stack.project());
    }

    private void write(StackSpec spec, Progress progress) throws BackendException {
        Tree.Fields document = ComposeDocument.of(spec);
        List<String> faults = schema.get().check(document);
        if (!faults.isEmpty()) {
            throw new BackendException(Kind.REFUSED,
                    "the document does not fit the Compose schema: " + String.join("; ", faults));
        }
        Map<String, String> files = files(spec, document);
        Path target = directory(spec.id());
        try {
            Files.createDirectories(root);
            clearTemporary(target);
            if (Files.isDirectory(target)) {
                for (Map.Entry<String, String> file : files.entrySet()) {
                    Path temporary = target.resolve(TEMPORARY + file.getKey());
                    writeDurably(temporary, file.getValue());
                    Files.move(temporary, target.resolve(file.getKey()), StandardCopyOption.ATOMIC_MOVE);
                }
            } else {
                Path temporary = root.resolve(TEMPORARY + spec.id().project());
                Files.createDirectory(temporary);
                for (Map.Entry<String, String> file : files.entrySet()) {
                    writeDurably(temporary.resolve(file.getKey()), file.getValue());
                }
                Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
            }
            syncDirectory(target);
            syncDirectory(root);
        } catch (FileAlreadyExistsException e) {
            throw new BackendException(Kind.CONFLICT, "another worker writes the bundle in " + target, e);
        } catch (IOException e) {
            throw failed("cannot write the bundle to " + target, e);
        }
        progress.note("written to " + target);
    }

    private void remove(StackId stack, Progress progress) throws BackendException {
        Path target = directory(stack);
        try {
            clearTemporary(target);
            if (Files.isDirectory(target)) {
                // Moved away first: half a bundle is never seen under its name.
                Path leaving = root.resolve(TEMPORARY + stack.project());
                Files.move(target, leaving, StandardCopyOption.ATOMIC_MOVE);
                deleteTree(leaving);
            }
        } catch (IOException e) {
            throw failed("cannot remove the bundle in " + target, e);
        }
        progress.note("removed " + target);
    }

    /** What a crash in the middle left. */
    private void clearTemporary(Path target) throws IOException {
        deleteTree(root.resolve(TEMPORARY + target.getFileName()));
    }

    private Map<String, String> files(StackSpec spec, Tree.Fields document) {
        String compose = "# Written by PocketAgent Cloud: stack " + spec.id().name() + " of tenant "
                + spec.id().tenantSlug() + ", revision "
                + spec.revision() + ".\n# Changes by hand are lost with the next apply.\n" + YamlWriter.write(document);
        Map<String, String> files = new LinkedHashMap<>();
        files.put("README.md", readme(spec));
        files.put(".env.example", environmentTemplate(spec));
        files.put(COMPOSE, compose);
        Map<String, Tree> manifest = new LinkedHashMap<>();
        manifest.put("stack", Tree.text(spec.id().stackId().toString()));
        manifest.put("revision", Tree.number(spec.revision()));
        manifest.put("specHash", Tree.text(spec.hash()));
        manifest.put("composeSha256", Tree.text(Trees.sha256(compose)));
        files.put(MANIFEST, Trees.toJson(new Tree.Fields(manifest)).toPrettyString() + "\n");
        return files;
    }

    private static String environmentTemplate(StackSpec spec) {
        StringBuilder out = new StringBuilder();
        for (ServiceSpec service : spec.services().values()) {
            for (String variable : service.secrets().keySet()) {
                out.append("# ").append(variable).append(" of service ").append(service.name()).append('\n');
                out.append(ComposeDocument.secretName(service.name(), variable)).append("=\n");
            }
        }
        return out.isEmpty()
                ? "# This stack has no secrets: no .env file is needed.\n"
                : "# Copy to .env (mode 0600) and fill in. Single-quote values that contain a dollar sign.\n" + out;
    }

    private static String readme(StackSpec spec) {
        boolean secrets = spec.services().values().stream().anyMatch(s -> !s.secrets().isEmpty());
        StringBuilder out = new StringBuilder();
        out.append("# ").append(spec.id().name()).append("\n\n");
        out.append("A stack of the tenant ").append(spec.id().tenantSlug()).append(", made from the template ")
                .append(spec.template())
                .append(" (revision ").append(spec.revision())
                .append("). No container engine answered where it was made, so it is here to be "
                        + "started where one does:\n\n```\n");
        if (secrets) {
            out.append("install -m 600 .env.example .env    # then fill in the values\n");
        }
        out.append(
                "docker compose up -d --wait\ndocker compose ps\ndocker compose down                  # keeps the volumes\n```\n\n");
        out.append("| service | image | CPU (1/1000) | memory (MiB) | ports on 127.0.0.1 |\n|---|---|---|---|---|\n");
        for (ServiceSpec service : spec.services().values()) {
            out.append("| ").append(service.name()).append(" | ").append(service.image()).append(" | ")
                    .append(service.limits().cpuMillis())
                    .append(" | ").append(service.limits().memoryMib()).append(" | ")
                    .append(service.publish().isEmpty()
                            ? "none"
                            : "see `docker compose port " + service.name() + " " + service.publish().getFirst() + "`")
                    .append(" |\n");
        }
        out.append("\nKeep the directory's name: Compose names containers and volumes after it. ")
                .append("podman-compose 1.0 leaves out `pids_limit` and `stop_grace_period`; use Compose V2 or docker-compose 1.29.\n");
        return out.toString();
    }

    private static void writeDurably(Path file, String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        try (FileChannel channel = FileChannel.open(file, Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING))) {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
    }

    private static void syncDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static void deleteTree(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }

    private static BackendException failed(String what, IOException cause) {
        return new BackendException(Kind.UNAVAILABLE, what + ": " + cause.getMessage(), cause);
    }
}

package dev.pocketagent.cli.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.CliException;
import dev.pocketagent.cli.command.Operations;
import dev.pocketagent.cli.home.Part;
import dev.pocketagent.cli.home.SecretFiles;
import dev.pocketagent.cli.http.Api;
import dev.pocketagent.cli.http.ApiException;
import dev.pocketagent.cli.http.Reply;
import dev.pocketagent.cli.output.Durations;
import dev.pocketagent.cli.output.Json;
import dev.pocketagent.cli.output.Progress;

/** The steps at sync: a git repository becomes a source, is read as an agent reads it, and a push is seen to arrive. */
final class ContextSteps {

    private static final String SOURCE = "demo-context";
    private static final String BRANCH = "main";
    private static final String CHANGED_FILE = "memory/last-demo-run.md";
    private static final Duration VISIBLE_PATIENCE = Duration.ofSeconds(60);

    private final Cli cli;
    private final Screen screen;
    private final Report report;
    private final TenantSteps tenant;
    private final GitRepository repository;
    private final Path webhookSecret;
    private String sourceId = "";
    private String prompt = "";

    ContextSteps(Cli cli, Screen screen, Report report, TenantSteps tenant) {
        this.cli = cli;
        this.screen = screen;
        this.report = report;
        this.tenant = tenant;
        this.repository = new GitRepository(cli.home().demo().resolve("context"),
                cli.home().demo().resolve("context.git"));
        this.webhookSecret = cli.home().secrets().resolve("demo-webhook.secret");
    }

    /** What a model is told before a question; empty before it was read, or when the context gives none. */
    String prompt() {
        return prompt;
    }

    /** Pushes the example context to a repository of this machine. */
    void push(ObjectNode found) throws IOException {
        Path example = cli.installation().resolve("deploy/examples/context");
        if (!Files.isDirectory(example)) {
            throw CliException.failed("the example context is missing: " + example,
                    "restore it: git checkout deploy/examples");
        }
        repository.ensure();
        int files = repository.copyFrom(example);
        String revision = repository.commitAndPush("The example context of PocketAgent Cloud");
        report.addresses().put("repository", repository.url());
        report.addresses().put("workTree", repository.work().toString());
        found.put("files", files).put("revision", revision).put("url", repository.url());
        screen.detail(files + " files pushed, revision " + revision.substring(0, 8));
        screen.detail(repository.url());
    }

    /** Registers the repository at sync, and waits for the first look at it. */
    void register(ObjectNode found) {
        JsonNode source = null;
        for (JsonNode each : cli.sync().list("/api/v1/sources", "tenant=" + tenant.id(), 200).path("items")) {
            if (Json.text(each, "/name").equals(SOURCE)) {
                source = each;
            }
        }
        boolean there = source != null;
        if (source == null) {
            source = cli.sync().post("/api/v1/sources", Json.object().put("tenantId", tenant.id()).put("name", SOURCE)
                    .put("kind", "git").put("url", repository.url()).put("ref", BRANCH).put("forge", "github")
                    .put("publishTo", TenantSteps.TENANT)).body();
            SecretFiles.write(webhookSecret, Json.text(source, "/webhookSecret"));
        }
        sourceId = Json.text(source, "/id");
        Reply accepted = cli.sync().post("/api/v1/sources/" + sourceId + "/sync", Json.object());
        String operation = Operations.idOf(accepted.body(), accepted.header("Location"));
        JsonNode ended;
        try (Progress progress = Progress.on(cli.terminal().silent())) {
            ended = Operations.await(cli.sync(), operation, Duration.ofSeconds(60), progress);
        }
        Operations.requireSuccess(ended, "syncing", "see pocket context show " + SOURCE + " -t " + TenantSteps.TENANT
                + ", and pocket logs sync");
        report.ids().put("source", sourceId);
        report.ids().put("syncOperation", operation);
        report.addresses().put("webhook", Json.text(source, "/webhookUrl"));
        if (Files.exists(webhookSecret)) {
            report.credentials().put("webhookSecretFile", webhookSecret.toString());
        }
        found.put("id", sourceId).put("created", !there).put("operation", operation);
        screen.detail((there ? "there from an earlier run: " : "") + SOURCE + ", id " + sourceId);
    }

    /** Reads context, prompt and skills as an agent does. */
    void readBack(ObjectNode found) {
        Api sync = cli.sync().with(tenant.key());
        Reply reply = Poll.until(VISIBLE_PATIENCE, "the first revision", () -> {
            Reply bundle = sync.get("/api/v1/sources/" + sourceId + "/context");
            return Json.text(bundle.body(), "/revision").isEmpty() ? null : bundle;
        });
        JsonNode bundle = reply.body();
        prompt = sync.get("/api/v1/sources/" + sourceId + "/context/prompt").text();
        Set<String> skills = new TreeSet<>();
        bundle.path("skills")
                .forEach(skill -> skills.add(skill.isTextual() ? skill.asText() : Json.text(skill, "/name")));
        String live = Json.text(bundle, "/revision");
        found.put("revision", live).put("files", bundle.path("files").size()).put("promptCharacters", prompt.length());
        var list = found.putArray("skills");
        skills.forEach(list::add);
        screen.detail(bundle.path("files").size() + " files, revision " + live.substring(0, Math.min(8, live.length()))
                + ", a prompt of " + prompt.length() + " characters");
        screen.detail(skills.isEmpty() ? "no skills" : "skills: " + String.join(", ", skills));
    }

    /** Changes a file, and waits until readers see it. */
    void change(ObjectNode found) throws IOException {
        String mark = UUID.randomUUID().toString().substring(0, 8);
        Path file = repository.work().resolve(CHANGED_FILE);
        Files.createDirectories(repository.work().resolve(CHANGED_FILE).getParent());
        Files.writeString(file, "# The last demo run\n\nRun " + mark + " at "
                + Instant.ofEpochSecond(Instant.now().getEpochSecond()) + ".\n");
        String revision = repository.commitAndPush("Note the demo run " + mark);
        long pushed = System.nanoTime();
        String trigger = announce(revision);
        Api sync = cli.sync().with(tenant.key());
        Poll.until(VISIBLE_PATIENCE, "the pushed change", () -> {
            try {
                Reply reply = sync.get("/api/v1/sources/" + sourceId + "/files/" + CHANGED_FILE);
                return reply.text().contains(mark) ? reply : null;
            } catch (ApiException e) {
                if (e.status() == 404) {
                    return null;
                }
                throw e;
            }
        });
        long millis = (System.nanoTime() - pushed) / 1_000_000;
        found.put("revision", revision).put("file", CHANGED_FILE).put("trigger", trigger).put(
                "visibleAfterMilliseconds",
                millis);
        screen.detail(CHANGED_FILE + " of revision " + revision.substring(0, 8) + " read back");
        screen.detail(
                "visible " + Durations.shown(Duration.ofMillis(millis)) + " after the push, announced by " + trigger);
    }

    /** Tells sync of the push as a forge does; by hand where an earlier run's webhook secret is lost. */
    private String announce(String revision) {
        if (!Files.exists(webhookSecret)) {
            cli.sync().post("/api/v1/sources/" + sourceId + "/sync", Json.object());
            return "a manual sync";
        }
        WebhookCall call = WebhookCall.push(revision, BRANCH, SecretFiles.read(webhookSecret));
        var anonymous = new Api(cli.http(), "sync", cli.endpoints().of(Part.SYNC), null);
        anonymous.send("POST", "/v1/hooks/" + sourceId, call.body(), call.headers());
        return "a signed webhook";
    }
}

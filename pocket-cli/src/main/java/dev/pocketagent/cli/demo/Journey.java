package dev.pocketagent.cli.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.CliException;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.command.Failure;
import dev.pocketagent.cli.command.Operations;
import dev.pocketagent.cli.command.Shutdown;
import dev.pocketagent.cli.home.Part;
import dev.pocketagent.cli.home.SecretFiles;
import dev.pocketagent.cli.http.Api;
import dev.pocketagent.cli.http.ApiException;
import dev.pocketagent.cli.http.Reply;
import dev.pocketagent.cli.launch.StartedHere;
import dev.pocketagent.cli.launch.Suite;
import dev.pocketagent.cli.launch.UpCommand;
import dev.pocketagent.cli.model.Chat;
import dev.pocketagent.cli.output.Column;
import dev.pocketagent.cli.output.Durations;
import dev.pocketagent.cli.output.Json;
import dev.pocketagent.cli.output.Progress;
import dev.pocketagent.cli.registry.AuditCommands;
import dev.pocketagent.cli.registry.TenantQuota;

/**
 * The steps of the demo, in order. Each works on what an earlier run left, leaves what it made, and writes what it found
 * into its part of the document.
 */
final class Journey {

    private static final String TENANT = "demo";
    private static final String PLAN = "team";
    private static final String SOURCE = "demo-context";
    private static final String STACK = "hello";
    private static final String TEMPLATE = "web";
    /** Made by deploy/engine/busybox-image.sh, for engines that reach no registry. */
    private static final String LOCAL_IMAGE = "localhost/pocketagent/web:1";
    private static final String BRANCH = "main";
    private static final String CHANGED_FILE = "memory/last-demo-run.md";
    private static final String QUESTION = "In two sentences: who are you, and what can you do for me?";
    private static final int MAX_CONTEXT_CHARACTERS = 8000;
    private static final Duration VISIBLE_PATIENCE = Duration.ofSeconds(60);
    private static final Duration USAGE_PATIENCE = Duration.ofSeconds(20);
    private static final Duration DEPLOY_PATIENCE = Duration.ofMinutes(5);

    private final Cli cli;
    private final StartedHere started;
    private final Screen screen;
    private final Suite.UpOptions upOptions;
    private final Instant begin;
    private final ObjectNode document = Json.object();
    private final ArrayNode steps = document.putArray("steps");
    private final ObjectNode addresses = document.putObject("addresses");
    private final ObjectNode ids = document.putObject("ids");
    private final ObjectNode credentials = document.putObject("credentials");
    private final GitRepository repository;

    private String tenantId = "";
    private String tenantKey = "";
    private String sourceId = "";
    private String revision = "";
    private String prompt = "";
    private Chat.@Nullable Answer answer;

    /** @param begin when the user began to wait */
    Journey(Cli cli, StartedHere started, Screen screen, Suite.UpOptions upOptions, Instant begin) {
        this.cli = cli;
        this.started = started;
        this.screen = screen;
        this.upOptions = upOptions;
        this.begin = begin;
        this.repository = new GitRepository(cli.home().demo().resolve("context"),
                cli.home().demo().resolve("context.git"));
    }

    /** One step's work: tells what it found to the screen and into {@code found}. */
    private interface Work {
        void run(ObjectNode found) throws IOException;
    }

    private record Step(String name, String title, boolean live, Work work) {}

    private List<Step> all() {
        return List.of(new Step("suite", "Start the suite", true, this::suite),
                new Step("tenant", "Create a tenant", false, this::tenant),
                new Step("key", "Issue an API key for its developer", false, this::key),
                new Step("repository", "Make a git repository of context and skills", false, this::repository),
                new Step("source", "Register it as a source and sync it", false, this::source),
                new Step("read", "Read the context back as the agent does", false, this::read),
                new Step("change", "Push a change, and see it arrive", false, this::change),
                new Step("plan", "Plan an agent stack", false, this::plan),
                new Step("deploy", "Deploy it", true, this::deploy),
                new Step("chat", "Ask a model through the router, streamed", true, this::chat),
                new Step("usage", "See what it cost", false, this::usage),
                new Step("audit", "Verify the audit trail", false, this::audit));
    }

    static int length() {
        return 12;
    }

    ObjectNode document() {
        return document;
    }

    /**
     * Walks until the end or the first step that fails.
     *
     * @return the failure; null when all went well
     */
    @Nullable
    Failure walk() {
        Failure failure = null;
        int number = 0;
        for (Step step : all()) {
            number++;
            failure = run(number, step);
            if (failure != null) {
                break;
            }
        }
        document.put("ok", failure == null).put("begin", begin.toString());
        document.put("milliseconds", Duration.between(begin, Instant.now()).toMillis());
        return failure;
    }

    @Nullable
    private Failure run(int number, Step step) {
        ObjectNode node = steps.addObject().put("number", number).put("name", step.name).put("title", step.title);
        ObjectNode found = Json.object();
        screen.begin(number, step.title, step.live);
        long from = System.nanoTime();
        Failure failure = null;
        try {
            step.work.run(found);
        } catch (IOException | RuntimeException e) {
            Shutdown.parkIfUnderWay();
            failure = Failure.of(e);
        }
        Duration took = Duration.ofNanos(System.nanoTime() - from);
        screen.end(failure == null, took);
        node.put("ok", failure == null).put("milliseconds", took.toMillis());
        node.setAll(found);
        if (failure != null) {
            node.set("error", failure.toJson());
        }
        return failure;
    }

    private void suite(ObjectNode found) {
        List<Suite.Started> parts;
        try (Progress progress = Progress.on(cli.terminal())) {
            parts = new Suite(cli).up(upOptions, started, progress);
        }
        found.setAll(UpCommand.toJson(parts));
        for (Suite.Started part : parts) {
            if (part.part() == Part.POSTGRES) {
                addresses.put("postgres", "127.0.0.1:" + part.port());
            } else {
                addresses.put(part.part().id(), cli.endpoints().of(part.part()).toString());
                addresses.put(part.part().id() + "Management", cli.endpoints().management(part.part()).toString());
            }
        }
        credentials.put("operatorKeyFile", cli.home().operatorKey().toString());
    }

    private void tenant(ObjectNode found) {
        boolean there = true;
        JsonNode tenant;
        try {
            tenant = cli.registry().get("/api/v1/tenants/" + TENANT).body();
        } catch (ApiException e) {
            if (e.status() != 404) {
                throw e;
            }
            there = false;
            tenant = cli.registry().post("/api/v1/tenants",
                    Json.object().put("slug", TENANT).put("name", "Demo tenant").put("plan", PLAN)).body();
        }
        if (!Json.text(tenant, "/state").equals("active")) {
            throw CliException.failed("the tenant " + TENANT + " is " + Json.text(tenant, "/state"),
                    "resume it: pocket tenant resume " + TENANT + " --reason demo");
        }
        tenantId = Json.text(tenant, "/id");
        ids.put("tenant", tenantId);
        found.put("slug", TENANT).put("id", tenantId).put("plan", Json.text(tenant, "/plan")).put("created", !there);
        screen.detail(
                (there ? "there from an earlier run: " : "") + TENANT + ", plan " + Json.text(tenant, "/plan") + ", id "
                        + tenantId);
    }

    private void key(ObjectNode found) {
        Path file = cli.home().tenantKey(TENANT);
        boolean there = Files.exists(file) && isAccepted(SecretFiles.read(file));
        if (!there) {
            JsonNode key = cli.registry().post("/api/v1/tenants/" + tenantId + "/keys",
                    Json.object().put("name", "demo").put("role", "tenant-developer")).body();
            SecretFiles.write(file, Json.text(key, "/secret"));
            ids.put("key", Json.text(key, "/id"));
        }
        tenantKey = SecretFiles.read(file);
        credentials.put("tenantKeyFile", file.toString());
        found.put("role", "tenant-developer").put("file", file.toString()).put("created", !there);
        screen.detail((there ? "kept from an earlier run: " : "") + tenantKey.substring(0, 14)
                + "..., role tenant-developer");
    }

    private boolean isAccepted(String key) {
        try {
            cli.router().with(key).get("/v1/models");
            return true;
        } catch (ApiException e) {
            if (e.status() == 401) {
                return false;
            }
            throw e;
        }
    }

    private void repository(ObjectNode found) throws IOException {
        Path example = cli.installation().resolve("deploy/examples/context");
        if (!Files.isDirectory(example)) {
            throw CliException.failed("the example context is missing: " + example,
                    "restore it: git checkout deploy/examples");
        }
        repository.ensure();
        int files = repository.copyFrom(example);
        revision = repository.commitAndPush("The example context of PocketAgent Cloud");
        addresses.put("repository", repository.url());
        addresses.put("workTree", repository.work().toString());
        found.put("files", files).put("revision", revision).put("url", repository.url());
        screen.detail(files + " files pushed, revision " + revision.substring(0, 8));
        screen.detail(repository.url());
    }

    private void source(ObjectNode found) {
        Path secretFile = cli.home().secrets().resolve("demo-webhook.secret");
        JsonNode source = null;
        for (JsonNode each : cli.sync().list("/api/v1/sources", "tenant=" + tenantId, 200).path("items")) {
            if (Json.text(each, "/name").equals(SOURCE)) {
                source = each;
            }
        }
        boolean there = source != null;
        if (source == null) {
            source = cli.sync().post("/api/v1/sources", Json.object().put("tenantId", tenantId).put("name", SOURCE)
                    .put("kind", "git").put("url", repository.url()).put("ref", BRANCH).put("forge", "github")
                    .put("publishTo", TENANT)).body();
            SecretFiles.write(secretFile, Json.text(source, "/webhookSecret"));
        }
        sourceId = Json.text(source, "/id");
        Reply accepted = cli.sync().post("/api/v1/sources/" + sourceId + "/sync", Json.object());
        String operation = Operations.idOf(accepted.body(), accepted.header("Location"));
        JsonNode ended;
        try (Progress progress = Progress.on(cli.terminal().silent())) {
            ended = Operations.await(cli.sync(), operation, Duration.ofSeconds(60), progress);
        }
        Operations.requireSuccess(ended, "syncing", "see pocket context show " + SOURCE + " -t " + TENANT
                + ", and pocket logs sync");
        ids.put("source", sourceId);
        ids.put("syncOperation", operation);
        addresses.put("webhook", Json.text(source, "/webhookUrl"));
        if (Files.exists(secretFile)) {
            credentials.put("webhookSecretFile", secretFile.toString());
        }
        found.put("id", sourceId).put("created", !there).put("operation", operation);
        screen.detail((there ? "there from an earlier run: " : "") + SOURCE + ", id " + sourceId);
    }

    private void read(ObjectNode found) {
        Api sync = cli.sync().with(tenantKey);
        Reply reply = await(VISIBLE_PATIENCE, "the first revision", () -> {
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

    private void change(ObjectNode found) throws IOException {
        String mark = UUID.randomUUID().toString().substring(0, 8);
        Path file = repository.work().resolve(CHANGED_FILE);
        Files.createDirectories(repository.work().resolve(CHANGED_FILE).getParent());
        Files.writeString(file, "# The last demo run\n\nRun " + mark + " at "
                + Instant.ofEpochSecond(Instant.now().getEpochSecond()) + ".\n");
        revision = repository.commitAndPush("Note the demo run " + mark);
        long pushed = System.nanoTime();
        String trigger = announce();
        Api sync = cli.sync().with(tenantKey);
        await(VISIBLE_PATIENCE, "the pushed change", () -> {
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
    private String announce() {
        Path secretFile = cli.home().secrets().resolve("demo-webhook.secret");
        if (!Files.exists(secretFile)) {
            cli.sync().post("/api/v1/sources/" + sourceId + "/sync", Json.object());
            return "a manual sync";
        }
        WebhookCall call = WebhookCall.push(revision, BRANCH, SecretFiles.read(secretFile));
        var anonymous = new Api(cli.http(), "sync", cli.endpoints().of(Part.SYNC), null);
        anonymous.send("POST", "/v1/hooks/" + sourceId, call.body(), call.headers());
        return "a signed webhook";
    }

    private ObjectNode wantedStack() {
        ObjectNode body = Json.object().put("tenantId", tenantId).put("name", STACK).put("template", TEMPLATE);
        body.putObject("parameters");
        return body;
    }

    private void plan(ObjectNode found) {
        JsonNode plan = cli.provisioner().post("/api/v1/stacks/plan", wantedStack()).body();
        found.put("backend", Json.text(plan, "/backend"));
        found.set("changes", plan.path("changes"));
        screen.detail("template " + TEMPLATE + " as stack " + STACK + ", backend " + Json.text(plan, "/backend"));
        if (plan.path("changes").isEmpty()) {
            screen.detail("nothing to change: it is deployed from an earlier run");
        }
        for (JsonNode change : plan.path("changes")) {
            screen.detail(
                    Json.text(change, "/action") + " " + Json.text(change, "/kind") + " " + Json.text(change, "/name"));
        }
    }

    private void deploy(ObjectNode found) {
        JsonNode ended = apply(wantedStack());
        if (imageIsMissing(ended)) {
            screen.detail("the engine has not got the image and cannot fetch it: now with");
            screen.detail(LOCAL_IMAGE);
            ObjectNode local = wantedStack();
            local.withObject("/parameters").put("image", LOCAL_IMAGE);
            ended = apply(local);
        }
        if (imageIsMissing(ended)) {
            screen.detail("nor that one (deploy/engine/busybox-image.sh makes it): as a bundle then");
            ended = apply(wantedStack().put("name", STACK + "-bundle").put("backend", "bundle"));
        }
        String operation = Json.text(ended, "/id");
        ids.put("deployOperation", operation);
        found.put("operation", operation).put("mutatingCalls", ended.path("mutatingCalls").asInt());
        Operations.requireSuccess(ended, "the deployment",
                "see the steps: pocket operation show " + operation + "; and the log: pocket logs provisioner");
        String stackId = Json.text(ended, "/stackId");
        JsonNode stack = cli.provisioner().get("/api/v1/stacks/" + stackId).body();
        String backend = Json.text(stack, "/backend");
        String address = Json.text(stack, "/address");
        String bundle = Json.text(stack, "/bundlePath");
        ids.put("stack", stackId);
        found.put("stack", stackId).put("backend", backend).put("state", Json.text(stack, "/state"))
                .put("health", Json.text(stack, "/health")).put("containers", backend.equals("engine"));
        found.set("services", stack.path("services"));
        if (!address.isEmpty()) {
            addresses.put("stack", address);
        }
        if (!bundle.isEmpty()) {
            addresses.put("bundle", bundle);
        }
        if (backend.equals("engine")) {
            screen.detail("real containers in this machine's container engine, " + Json.text(stack, "/state")
                    + (Json.text(stack, "/health").isEmpty() ? "" : ", " + Json.text(stack, "/health")));
        } else {
            screen.detail("no container engine runs it here, so nothing runs yet: the stack was");
            screen.detail("rendered, checked and written as a bundle for docker compose up");
        }
        if (!address.isEmpty() || !bundle.isEmpty()) {
            screen.detail(address.isEmpty() ? bundle : address);
        }
        JsonNode quota = TenantQuota.find(cli, tenantId);
        if (quota != null && !TenantQuota.summary(quota).isEmpty()) {
            found.set("quota", quota);
            screen.detail("of its plan it uses " + TenantQuota.summary(quota));
        }
    }

    private JsonNode apply(ObjectNode wanted) {
        Reply accepted = cli.provisioner().post("/api/v1/stacks", wanted);
        String operation = Operations.idOf(accepted.body(), accepted.header("Location"));
        try (Progress progress = Progress.on(cli.terminal())) {
            return Operations.await(cli.provisioner(), operation, DEPLOY_PATIENCE, progress);
        }
    }

    private static boolean imageIsMissing(JsonNode operation) {
        return Json.text(operation, "/error/code").equals("image_missing");
    }

    private void chat(ObjectNode found) {
        ArrayNode messages = Json.array();
        if (!prompt.isBlank()) {
            messages.addObject().put("role", "system").put("content",
                    prompt.substring(0, Math.min(prompt.length(), MAX_CONTEXT_CHARACTERS)));
        }
        messages.addObject().put("role", "user").put("content", QUESTION);
        screen.detail("pocket/auto is asked, with the synced context as system message:");
        screen.detail("\"" + QUESTION + "\"");
        long[] sinceBegin = new long[1];
        var chat = new Chat(cli.router().with(tenantKey), "pocket/auto");
        Chat.Answer got = chat.stream(messages, token -> {
            if (sinceBegin[0] == 0) {
                sinceBegin[0] = Duration.between(begin, Instant.now()).toMillis();
            }
            screen.token(token);
        });
        if (got.text().isBlank()) {
            throw CliException.failed("the model answered nothing", "see pocket logs router");
        }
        answer = got;
        ids.put("request", got.requestId());
        document.put("firstTokenMilliseconds", sinceBegin[0]);
        document.put("model", got.model());
        document.put("sandbox", got.sandbox());
        found.put("model", got.model()).put("provider", got.provider()).put("sandbox", got.sandbox())
                .put("requestId", got.requestId()).put("firstTokenMilliseconds", got.firstTokenMillis())
                .put("sinceStartMilliseconds", sinceBegin[0]).put("text", got.text());
        screen.detail(got.sandbox()
                ? "answered by the built-in sandbox, no real model: none is set up here"
                : "answered by " + got.model() + (got.provider().isEmpty() ? "" : " at " + got.provider()));
        screen.detail("first token after " + Durations.shown(Duration.ofMillis(got.firstTokenMillis())) + ", "
                + Durations.shown(Duration.ofMillis(sinceBegin[0])) + " after the demo began");
    }

    private void usage(ObjectNode found) {
        Chat.Answer got = answer;
        if (got == null) {
            throw CliException.failed("there was no answer to account for", "");
        }
        JsonNode row = await(USAGE_PATIENCE, "the usage row of request " + got.requestId(), () -> {
            for (JsonNode each : cli.router().list("/api/v1/usage", "tenant=" + tenantId, 20).path("items")) {
                if (Json.text(each, "/requestId").equals(got.requestId())) {
                    return each;
                }
            }
            return null;
        });
        ids.put("usage", Json.text(row, "/id"));
        found.set("row", row);
        screen.detail(Json.text(row, "/model") + ": " + Json.text(row, "/inputTokens") + " tokens in, "
                + Json.text(row, "/outputTokens") + " out, " + Column.dollars(row.path("costMicros").asLong()));
        screen.detail("request " + got.requestId());
    }

    private void audit(ObjectNode found) {
        JsonNode rows = cli.registry().list("/api/v1/audit", "tenant=" + tenantId, 200);
        JsonNode verdict = cli.registry().get("/api/v1/audit/verify?tenant=" + tenantId).body();
        var actions = new ArrayList<String>();
        rows.path("items").forEach(row -> actions.add(Json.text(row, "/action")));
        boolean intact = AuditCommands.isIntact(verdict);
        found.put("rows", actions.size()).put("intact", intact);
        found.set("verdict", verdict);
        if (!intact) {
            throw CliException.failed("the audit trail of " + TENANT + " is broken",
                    "see where: pocket audit verify -t " + TENANT);
        }
        screen.detail(actions.size() + " rows, hash chain intact: "
                + String.join(", ", actions.subList(0, Math.min(actions.size(), 4))));
    }

    /** Asks until there is something. */
    private static <T> T await(Duration patience, String what, Supplier<@Nullable T> ask) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (true) {
            T got = ask.get();
            if (got != null) {
                return got;
            }
            if (System.nanoTime() > deadline) {
                throw CliException.failed(what + " did not appear within " + patience.toSeconds() + " s",
                        "see pocket status and pocket logs");
            }
            try {
                Thread.sleep(30);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                throw new CliException(ExitCode.INTERRUPTED, "interrupted", "");
            }
        }
    }

}

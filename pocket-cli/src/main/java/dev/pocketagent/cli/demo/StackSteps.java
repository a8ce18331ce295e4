package dev.pocketagent.cli.demo;

import java.time.Duration;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.Operations;
import dev.pocketagent.cli.http.Reply;
import dev.pocketagent.cli.output.Json;
import dev.pocketagent.cli.output.Progress;
import dev.pocketagent.cli.registry.TenantQuota;

/** The steps at the provisioner: a stack is planned, and deployed with what this machine has. */
final class StackSteps {

    private static final String STACK = "hello";
    private static final String TEMPLATE = "web";
    /** Made by deploy/engine/busybox-image.sh, for engines that reach no registry. */
    private static final String LOCAL_IMAGE = "localhost/pocketagent/web:1";
    private static final Duration DEPLOY_PATIENCE = Duration.ofMinutes(5);

    private final Cli cli;
    private final Screen screen;
    private final Report report;
    private final TenantSteps tenant;

    StackSteps(Cli cli, Screen screen, Report report, TenantSteps tenant) {
        this.cli = cli;
        this.screen = screen;
        this.report = report;
        this.tenant = tenant;
    }

    private ObjectNode wantedStack() {
        ObjectNode body = Json.object().put("tenantId", tenant.id()).put("name", STACK).put("template", TEMPLATE);
        body.putObject("parameters");
        return body;
    }

    /** Asks what a deployment would change. */
    void plan(ObjectNode found) {
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

    /** Deploys the stack: in containers where an engine can run it, else as a bundle. */
    void deploy(ObjectNode found) {
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
        report.ids().put("deployOperation", operation);
        found.put("operation", operation).put("mutatingCalls", ended.path("mutatingCalls").asInt());
        Operations.requireSuccess(ended, "the deployment",
                "see the steps: pocket operation show " + operation + "; and the log: pocket logs provisioner");
        String stackId = Json.text(ended, "/stackId");
        JsonNode stack = cli.provisioner().get("/api/v1/stacks/" + stackId).body();
        String backend = Json.text(stack, "/backend");
        String address = Json.text(stack, "/address");
        String bundle = Json.text(stack, "/bundlePath");
        report.ids().put("stack", stackId);
        found.put("stack", stackId).put("backend", backend).put("state", Json.text(stack, "/state"))
                .put("health", Json.text(stack, "/health")).put("containers", backend.equals("engine"));
        found.set("services", stack.path("services"));
        if (!address.isEmpty()) {
            report.addresses().put("stack", address);
        }
        if (!bundle.isEmpty()) {
            report.addresses().put("bundle", bundle);
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
        JsonNode quota = TenantQuota.find(cli, tenant.id());
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
}

package dev.pocketagent.cli.demo;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.CliException;
import dev.pocketagent.cli.home.SecretFiles;
import dev.pocketagent.cli.http.ApiException;
import dev.pocketagent.cli.output.Json;
import dev.pocketagent.cli.registry.AuditCommands;

/** The steps at the registry: a tenant, a key for its developer, and in the end the trail of what was done. */
final class TenantSteps {

    static final String TENANT = "demo";
    private static final String PLAN = "team";

    private final Cli cli;
    private final Screen screen;
    private final Report report;
    private String id = "";
    private String key = "";

    TenantSteps(Cli cli, Screen screen, Report report) {
        this.cli = cli;
        this.screen = screen;
        this.report = report;
    }

    /** Of the tenant; empty before it is there. */
    String id() {
        return id;
    }

    /** The developer's API key; empty before it is there. */
    String key() {
        return key;
    }

    /** Finds or creates the tenant. */
    void create(ObjectNode found) {
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
        id = Json.text(tenant, "/id");
        report.ids().put("tenant", id);
        found.put("slug", TENANT).put("id", id).put("plan", Json.text(tenant, "/plan")).put("created", !there);
        screen.detail(
                (there ? "there from an earlier run: " : "") + TENANT + ", plan " + Json.text(tenant, "/plan") + ", id "
                        + id);
    }

    /** Finds or issues the key that the tenant's developer works with. */
    void issueKey(ObjectNode found) {
        Path file = cli.home().tenantKey(TENANT);
        boolean there = Files.exists(file) && isAccepted(SecretFiles.read(file));
        if (!there) {
            JsonNode issued = cli.registry().post("/api/v1/tenants/" + id + "/keys",
                    Json.object().put("name", "demo").put("role", "tenant-developer")).body();
            SecretFiles.write(file, Json.text(issued, "/secret"));
            report.ids().put("key", Json.text(issued, "/id"));
        }
        key = SecretFiles.read(file);
        report.credentials().put("tenantKeyFile", file.toString());
        found.put("role", "tenant-developer").put("file", file.toString()).put("created", !there);
        screen.detail((there ? "kept from an earlier run: " : "") + key.substring(0, 14)
                + "..., role tenant-developer");
    }

    private boolean isAccepted(String secret) {
        try {
            cli.router().with(secret).get("/v1/models");
            return true;
        } catch (ApiException e) {
            if (e.status() == 401) {
                return false;
            }
            throw e;
        }
    }

    /** Verifies the trail of all that was done to the tenant. */
    void verifyAudit(ObjectNode found) {
        JsonNode rows = cli.registry().list("/api/v1/audit", "tenant=" + id, 200);
        JsonNode verdict = cli.registry().get("/api/v1/audit/verify?tenant=" + id).body();
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
}

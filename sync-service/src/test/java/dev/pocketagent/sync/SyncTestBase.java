package dev.pocketagent.sync;

import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.sync.git.TestGit;
import dev.pocketagent.testkit.PostgresResource;
import dev.pocketagent.testkit.RegistryDouble;
import dev.pocketagent.testkit.RegistryResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;

/** A running sync-service with a PostgreSQL, a registry and git repositories. */
@QuarkusTestResource(PostgresResource.class)
@QuarkusTestResource(RegistryResource.class)
@QuarkusTestResource(SyncResource.class)
public abstract class SyncTestBase {

    private static final AtomicInteger COUNTER = new AtomicInteger();

    public RegistryDouble registry;
    public SyncResource.Places places;
    protected UUID tenant;
    protected String admin;

    @BeforeEach
    void newTenant() {
        tenant = registry.newTenant();
        admin = registry.issue(Roles.TENANT_ADMIN, tenant);
        await().atMost(Duration.ofSeconds(30)).until(() -> with(admin).get("/api/v1/sources").statusCode() == 200);
    }

    @AfterEach
    void remoteIsBack() {
        places.server().away(false);
        places.server().password("");
    }

    protected static RequestSpecification with(String key) {
        return given().header("Authorization", "Bearer " + key).contentType("application/json");
    }

    protected static String newName() {
        return "r" + COUNTER.incrementAndGet();
    }

    /** A repository with a context and two skills, pushed once. */
    protected TestGit newRepository(String name) {
        TestGit git = TestGit.init(places.repositories().resolve(name));
        git.write("context/MISSION.md", "Help people.\n").write("context/GOALS.md", "1. Ship.\n")
                .write("context/BELIEFS.md", "- Honest.\n")
                .write("skills/greet/SKILL.md", "---\nname: greet\ndescription: Greets people.\n---\n")
                .write("skills/greet/scripts/greet.sh", "#!/bin/sh\necho hello\n");
        git.folder().resolve("skills/greet/scripts/greet.sh").toFile().setExecutable(true);
        git.commit("Initial context");
        return git;
    }

    protected Map<String, Object> gitSource(String name) {
        return new HashMap<>(Map.of("name", name, "kind", "git", "url", places.server().url(name), "ref", "main"));
    }

    /** Makes a source and waits until it was looked at; answers what the creation answered. */
    protected JsonPath synced(Map<String, Object> body) {
        JsonPath made = with(admin).body(body).post("/api/v1/sources").then().statusCode(201).extract().jsonPath();
        awaitState(made.getString("id"), "ready");
        return made;
    }

    protected void awaitState(String id, String state) {
        await().atMost(Duration.ofSeconds(20)).pollInterval(Duration.ofMillis(50))
                .until(() -> with(admin).get("/api/v1/sources/" + id).jsonPath().getString("state").equals(state));
    }

    protected void awaitRevision(String id, String revision) {
        await().atMost(Duration.ofSeconds(20)).pollInterval(Duration.ofMillis(20))
                .until(() -> revision
                        .equals(with(admin).get("/api/v1/sources/" + id).jsonPath().getString("revision")));
    }

    /** Asks for a look and waits for its end; answers the operation. */
    protected JsonPath sync(String id) {
        Response asked = with(admin).post("/api/v1/sources/" + id + "/sync");
        asked.then().statusCode(202);
        return ended(asked.header("Location"));
    }

    protected JsonPath ended(String location) {
        String path = location.replaceFirst("https?://[^/]+", "");
        await().atMost(Duration.ofSeconds(20)).pollInterval(Duration.ofMillis(30)).until(
                () -> List.of("succeeded", "failed").contains(with(admin).get(path).jsonPath().getString("state")));
        return with(admin).get(path).jsonPath();
    }

    protected static Response push(String sourceId, String secret, String delivery, String body) {
        return given().contentType("application/json").header("X-GitHub-Event", "push")
                .header("X-GitHub-Delivery", delivery)
                .header("X-Hub-Signature-256", "sha256=" + hmac(secret, body)).body(body).post("/v1/hooks/" + sourceId);
    }

    protected static String hmac(String secret, String body) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return HexFormat.of().formatHex(mac.doFinal(body.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Does all of it at once; answers in the same order. */
    protected static <T> List<T> all(List<Callable<T>> work) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<T> answers = new ArrayList<>();
            for (Future<T> answer : threads.invokeAll(work)) {
                answers.add(answer.get());
            }
            return answers;
        }
    }
}

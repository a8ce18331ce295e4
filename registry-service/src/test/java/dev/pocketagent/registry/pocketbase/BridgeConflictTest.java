package dev.pocketagent.registry.pocketbase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

import java.util.Map;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import io.quarkus.test.junit.QuarkusTest;

/** Changes of both sides. */
@Tag("slow")
@QuarkusTest
class BridgeConflictTest extends BridgeTestBase {

    @Test
    void changesGoBothWaysAndConflictsByPolicy() {
        String slug = newSlug();
        String id = record(slug);
        run();
        operator().body(Map.of("reason", "unpaid")).post("/api/v1/tenants/" + slug + "/suspend").then().statusCode(200);
        admin.change(collection, id, Map.of("plan", "business", "name", "New name"));
        Report both = run();
        assertThat(kinds(both)).containsExactlyInAnyOrder("rename", "move_plan", "write");
        tenant(slug).body("plan", equalTo("business"), "name", equalTo("New name"), "state", equalTo("suspended"));
        assertThat(field(id, "state")).isEqualTo("paused");

        admin.change(collection, id, Map.of("state", "active"));
        assertThat(kinds(run())).containsExactly("resume");
        tenant(slug).body("state", equalTo("active"));

        admin.change(collection, id, Map.of("name", "There"));
        String etag = operator().get("/api/v1/tenants/" + slug).header("ETag");
        operator().header("If-Match", etag).body(Map.of("name", "Here")).patch("/api/v1/tenants/" + slug).then()
                .statusCode(200);
        Report conflict = run();
        assertThat(kinds(conflict)).contains("conflict");
        assertThat(field(id, "last_error")).contains("both changed");
        tenant(slug).body("name", equalTo("Here"));
        run("conflict", "registry-wins", "write-back", "state,name");
        assertThat(field(id, "name")).isEqualTo("Here");
        assertThat(field(id, "last_error")).isEmpty();
    }

    @Test
    void whatBecameEqualWithoutTheBridgeIsRememberedAsSuch() {
        // Given
        String slug = newSlug();
        String id = record(slug);
        run();
        admin.change(collection, id, Map.of("name", "Both"));
        String etag = operator().get("/api/v1/tenants/" + slug).header("ETag");
        operator().header("If-Match", etag).body(Map.of("name", "Both")).patch("/api/v1/tenants/" + slug).then()
                .statusCode(200);
        assertThat(kinds(run())).isEmpty();
        admin.change(collection, id, Map.of("name", "One"));
        // When
        Report report = run();
        // Then: no conflict, since both agreed on the name before
        assertThat(kinds(report)).containsExactly("rename");
    }
}

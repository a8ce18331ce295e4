package dev.pocketagent.registry.tenant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.http.Cursor;
import dev.pocketagent.registry.RegistryTestBase;
import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;

@QuarkusTest
@Tag("slow")
class TenantSearchTest extends RegistryTestBase {

    @Inject
    RowScope rows;

    @Inject
    EntityManager database;

    @Test
    void aSearchGivesSlugsFirstThenNamesInTheirOrderAndEachOnceHoweverItIsPaged() {
        // Given
        String word = newSlug();
        String upper = word.toUpperCase(Locale.ROOT);
        make(word + "-b", "Something else");
        make(word + "-a", upper + " begins both");
        String later = make(newSlug(), word + " zoo");
        String twinA = make("a" + newSlug(), upper + " Twins");
        String twinB = make("b" + newSlug(), word + " twins");
        make(newSlug(), "not " + word);
        List<String> expected = List.of(word + "-a", word + "-b", twinA, twinB, later);

        for (int size = 1; size <= 6; size++) {
            // When
            List<String> found = all(word, size);

            // Then
            assertThat(found).as("pages of %d", size).isEqualTo(expected);
        }
    }

    @Test
    void aSearchKeepsToTheOtherFilters() {
        // Given
        String word = newSlug();
        make(word + "-works", "Works");
        String named = make(newSlug(), word + " rests");
        operator().body(Map.of("reason", "test")).post("/api/v1/tenants/" + named + "/suspend").then().statusCode(200);
        make(newSlug(), word + " works");

        // When
        Response suspended = operator().get("/api/v1/tenants?q=" + word + "&state=suspended&plan=team");

        // Then
        suspended.then().statusCode(200).body("items.slug", equalTo(List.of(named)));
        operator().get("/api/v1/tenants?q=" + word + "&state=suspended&plan=starter").then().statusCode(200)
                .body("items.slug", equalTo(List.of()));
    }

    @Test
    void thoseOverTheirQuotaAreListedInTheOrderOfSlugsAlsoWithinASearch() {
        // Given
        String word = newSlug();
        make(word + "-c", "Over");
        make(word + "-b", "Fits");
        make(word + "-a", "Over");
        String named = make(newSlug(), word + " by name");
        for (String slug : List.of(word + "-c", word + "-a", named)) {
            QuarkusTransaction.requiringNew().run(() -> {
                rows.allTenants();
                database.createNativeQuery("update quota set stacks_used = 5 where slug = :slug")
                        .setParameter("slug", slug).executeUpdate();
            });
            String etag = operator().get("/api/v1/tenants/" + slug).header("ETag");
            operator().header("If-Match", etag).body(Map.of("plan", "starter")).patch("/api/v1/tenants/" + slug).then()
                    .statusCode(200).body("overQuota", is(true));
        }

        // When
        List<String> found = all(word + "&overQuota=true", 1);

        // Then
        assertThat(found).containsExactly(word + "-a", word + "-c", named);
        assertThat(all(word + "&overQuota=false", 1)).containsExactly(word + "-b");
        operator().get("/api/v1/tenants?overQuota=true&limit=200&cursor=" + Cursor.encode(word)).then().statusCode(200)
                .body("items.slug", hasItems(word + "-a", word + "-c"), "items.slug", not(hasItem(word + "-b")));
    }

    @Test
    void aCursorOfATenantThatIsNotThereIsRefused() {
        // Given
        String word = newSlug();
        String cursor = Cursor.encode("gone-" + word);

        // When
        Response answer = operator().get("/api/v1/tenants?q=" + word + "&cursor=" + cursor);

        // Then
        answer.then().statusCode(400).body("errors[0].pointer", equalTo("?cursor"));
    }

    private String make(String slug, String name) {
        operator().body(Map.of("slug", slug, "name", name, "plan", "team")).post("/api/v1/tenants").then()
                .statusCode(201);
        return slug;
    }

    private List<String> all(String search, int size) {
        List<String> found = new ArrayList<>();
        @Nullable
        String cursor = null;
        do {
            Response page = operator().get("/api/v1/tenants?q=" + search + "&limit=" + size
                    + (cursor == null ? "" : "&cursor=" + cursor));
            page.then().statusCode(200);
            found.addAll(page.path("items.slug"));
            cursor = page.path("nextCursor");
        } while (cursor != null && found.size() < 100);
        return found;
    }
}

package dev.pocketagent.registry.bootstrap;

import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasItems;

import java.net.URL;
import java.time.Duration;

import org.junit.jupiter.api.Test;

import dev.pocketagent.registry.RegistryTestBase;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;

@QuarkusTest
class BootstrapTest extends RegistryTestBase {

    @TestHTTPResource(value = "/health/ready", management = true)
    URL ready;
    @TestHTTPResource(value = "/metrics", management = true)
    URL metrics;

    @Test
    void theServiceIsReadyWhenItsFirstKeysWork() {
        await().atMost(Duration.ofSeconds(10)).until(() -> given().get(ready).statusCode() == 200);
        given().get(ready).then().body("status", equalTo("UP"), "checks.name", hasItems("schema", "bootstrap-keys"));
        service().get("/api/v1/events?after=latest").then().statusCode(200);
    }

    @Test
    void takingAKeyOverIsInThePlatformsTrail() {
        operator().get("/api/v1/audit?limit=200&tenant=00000000-0000-0000-0000-000000000000").then().statusCode(200)
                .body("items.findAll { it.actorRole == 'system' }.detail.name",
                        hasItems("first operator", "provisioner"),
                        "items.findAll { it.actorRole == 'system' }.actorKeyId", hasItem((Object) null));
    }

    @Test
    void countersAreThereFromTheStart() {
        String text = given().get(metrics).then().statusCode(200).extract().asString();
        for (String code : new String[]{"valid", "unknown", "revoked", "expired", "tenant_suspended",
                "tenant_deleted"}) {
            org.hamcrest.MatcherAssert.assertThat(text,
                    containsString("pocket_key_verifications_total{code=\"" + code + "\"}"));
        }
    }
}

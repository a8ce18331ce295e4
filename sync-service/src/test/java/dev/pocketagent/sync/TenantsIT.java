package dev.pocketagent.sync;

import io.quarkus.test.junit.QuarkusIntegrationTest;

/** The same on the packaged application. */
@QuarkusIntegrationTest
class TenantsIT extends TenantsTest {}

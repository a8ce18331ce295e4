package dev.pocketagent.sync.worker;

import io.quarkus.test.junit.QuarkusIntegrationTest;

/** The same on the packaged application. */
@QuarkusIntegrationTest
class SynchronisationIT extends SynchronisationTest {}

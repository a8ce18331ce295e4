package dev.pocketagent.sync.source;

import io.quarkus.test.junit.QuarkusIntegrationTest;

/** The same on the packaged application. */
@QuarkusIntegrationTest
class SourcesIT extends SourcesTest {}

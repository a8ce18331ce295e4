package dev.pocketagent.registry.pocketbase;

/** A PocketBase for tests, real or not. It has one superuser and no collection of tenants yet. */
interface TestServer extends AutoCloseable {

    String IDENTITY = "root@example.com";
    String PASSWORD = "correct horse battery";

    String url();

    /** What it is, for the test's output. */
    String describe();

    @Override
    void close();

    /** The real one when it is on this machine, else the fake; says which. */
    static TestServer best() throws Exception {
        TestServer server = RealPocketBase.find().isPresent() ? RealPocketBase.start() : new FakePocketBase();
        System.out.println("PocketBase tests run against " + server.describe());
        return server;
    }
}

package dev.pocketagent.provisioner.backend;

/** The backend's line to whoever runs the operation. Called from the thread that runs {@link Backend#execute}. */
public interface Progress {

    /** Says what happens right now, shown live to people: one short line without secrets. */
    void note(String message);

    /**
     * To be called before every mutating call and at least once a second while waiting.
     *
     * @throws BackendException of kind {@link BackendException.Kind#STOPPED} when this worker must not go on
     */
    void proceed() throws BackendException;

    /** Listens to nothing and never stops: for tests and tools. */
    Progress SILENT = new Progress() {
        @Override
        public void note(String message) {
            // nobody listens
        }

        @Override
        public void proceed() {
            // nobody stops it
        }
    };
}

package dev.pocketagent.cli.command;

import picocli.CommandLine.Parameters;

/** The tenant that a command is about, as its only positional parameter. */
public final class TenantParameter {

    @Parameters(paramLabel = "TENANT", description = "slug or id")
    private String tenant = "";

    /** As it was given: slug or id. */
    public String tenant() {
        return tenant;
    }
}

package dev.pocketagent.sync.git;

/**
 * What a remote asks for over HTTPS. Masked in its text form, so that it cannot end in a log by accident.
 *
 * @param username name to send; forges that take a bare token accept any, {@code x-access-token} by habit
 * @param token password or access token
 */
public record Credentials(String username, String token) {

    /** Sent when a source names no user: GitHub, GitLab, Gitea and Forgejo take a token with any name. */
    public static final String DEFAULT_USERNAME = "x-access-token";

    @Override
    public String toString() {
        return "Credentials[" + username + ", ***]";
    }
}

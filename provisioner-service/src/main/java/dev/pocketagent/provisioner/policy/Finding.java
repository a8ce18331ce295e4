package dev.pocketagent.provisioner.policy;

/**
 * Something the policy has to say about one place.
 *
 * @param rule id of the rule
 * @param pointer JSON pointer into the document
 * @param message for people; never shows a value that could be a secret
 */
public record Finding(String rule, String pointer, String message) {}

package dev.pocketagent.router.catalog;

/**
 * What a request needs of a model.
 *
 * @param inputTokens estimated size of the prompt
 * @param outputTokens longest answer the client allows, 0 when it set no limit
 */
public record Demand(long inputTokens, long outputTokens) {}

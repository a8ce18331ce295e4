package dev.pocketagent.kit.problem;

import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * What is wrong with one part of the input.
 *
 * @param pointer JSON pointer into the body ({@code /slug}, empty for the whole of it), or {@code ?name} for a query
 *        parameter, or a header's name
 * @param detail what is wrong and what would be right
 */
public record InputError(@Schema(examples = "/slug") String pointer, String detail) {}

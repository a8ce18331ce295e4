package dev.pocketagent.cli.demo;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.cli.output.Json;

/**
 * What the demo found, as one JSON document for programs: the steps with their times, and what they left to go on with.
 *
 * @param document all of it
 * @param steps one for each step that ran
 * @param addresses where things are, by name
 * @param ids of what was made, by name
 * @param credentials the files that hold them, by name; never what they hold
 */
record Report(ObjectNode document, ArrayNode steps, ObjectNode addresses, ObjectNode ids, ObjectNode credentials) {

    static Report empty() {
        ObjectNode document = Json.object();
        return new Report(document, document.putArray("steps"), document.putObject("addresses"),
                document.putObject("ids"), document.putObject("credentials"));
    }
}

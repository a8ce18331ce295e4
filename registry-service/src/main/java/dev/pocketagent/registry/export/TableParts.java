package dev.pocketagent.registry.export;

import java.util.Map;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;

import com.fasterxml.jackson.databind.ObjectMapper;

import dev.pocketagent.registry.ExportPart;
import dev.pocketagent.registry.Sql;

/** The tables that are exported as they are. */
@ApplicationScoped
class TableParts {

    @Produces
    @ApplicationScoped
    ExportPart quota(Sql sql, ObjectMapper json) {
        return new TablePart(sql, json, "quota.json", "what it may have, has, and has reserved", "quota", "tenant_id");
    }

    @Produces
    @ApplicationScoped
    ExportPart reservations(Sql sql, ObjectMapper json) {
        return new TablePart(sql, json, "reservations.jsonl", "its reservations of quota", "reservation", "id");
    }

    /** Of an address its scheme, host and port: the rest often holds a token. */
    @Produces
    @ApplicationScoped
    ExportPart webhooks(Sql sql, ObjectMapper json) {
        return new TablePart(sql, json, "webhooks.jsonl",
                "its webhooks, without their secrets and the paths of their addresses", "webhook", "id",
                Map.of("url", "regexp_replace(url, '^([^:]+://)([^/?#]*@)?([^/?#]*).*$', '\\1\\3')"));
    }

    @Produces
    @ApplicationScoped
    ExportPart deliveries(Sql sql, ObjectMapper json) {
        return new TablePart(sql, json, "deliveries.jsonl", "what its webhooks were sent, without what it said",
                "webhook_delivery", "id");
    }

    @Produces
    @ApplicationScoped
    ExportPart pocketbase(Sql sql, ObjectMapper json) {
        return new TablePart(sql, json, "pocketbase.json", "the PocketBase record that stands for it",
                "pocketbase_link", "tenant_id");
    }
}

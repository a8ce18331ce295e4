-- How far each consumer of the registry's events has come.
CREATE TABLE event_cursor (
    consumer text   PRIMARY KEY,
    seq      bigint NOT NULL
);

// `workflow.schema.json`: what `workflow.json` looks like, for those who read it.

/// The published schema.
public enum WorkflowSchema {
    /// JSON Schema, draft 2020-12. Whatever `WorkflowReport.json` writes is valid.
    ///
    /// Proofs: `WorkflowSchemaTests`; with a validator `Tests/Trials/workflow_schema.py`.
    public static let text = #"""
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "$id": "urn:bottega:workflow:1",
          "title": "Analysis of a screen recording",
          "description": "Times are seconds from the first frame, places are pixels of the recording's window, paths are relative to this file.",
          "type": "object",
          "additionalProperties": false,
          "required": ["schema", "name", "video", "engine", "redacted", "summary", "steps", "screens", "transitions", "events", "notes", "seconds", "files"],
          "properties": {
            "schema": {"const": "bottega.workflow/1"},
            "name": {"type": "string"},
            "video": {
              "type": "object",
              "additionalProperties": false,
              "required": ["format", "codec", "width", "height", "seconds", "frames_per_second", "frame_count"],
              "properties": {
                "format": {"type": "string"},
                "codec": {"type": "string"},
                "width": {"type": "integer", "minimum": 1},
                "height": {"type": "integer", "minimum": 1},
                "seconds": {"type": "number", "minimum": 0},
                "frames_per_second": {"type": "number", "exclusiveMinimum": 0},
                "frame_count": {"type": "integer", "minimum": 0},
                "damage": {"type": "string", "description": "Why the recording was not read to its end."}
              }
            },
            "engine": {"type": "string", "description": "The model that converted the screens."},
            "redacted": {"type": "boolean", "description": "Whether what was typed is left out."},
            "summary": {
              "type": "object",
              "additionalProperties": false,
              "required": ["text", "author"],
              "properties": {"text": {"type": "string"}, "author": {"enum": ["rules", "engine"]}}
            },
            "steps": {"type": "array", "items": {"$ref": "#/$defs/step"}},
            "screens": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/screen"}},
            "transitions": {
              "type": "array",
              "items": {
                "type": "object",
                "additionalProperties": false,
                "required": ["from", "to", "step", "label"],
                "properties": {
                  "from": {"$ref": "#/$defs/screen_id"},
                  "to": {"$ref": "#/$defs/screen_id"},
                  "step": {"$ref": "#/$defs/step_id"},
                  "label": {"type": "string"}
                }
              }
            },
            "events": {
              "type": "array",
              "description": "What was seen before anything was made of it.",
              "items": {
                "type": "object",
                "additionalProperties": false,
                "required": ["kind", "start", "end", "box", "screen_before", "screen_after", "confidence"],
                "properties": {
                  "kind": {"$ref": "#/$defs/kind"},
                  "start": {"$ref": "#/$defs/time"},
                  "end": {"$ref": "#/$defs/time"},
                  "box": {"$ref": "#/$defs/box"},
                  "pointer": {"$ref": "#/$defs/point"},
                  "distance": {"$ref": "#/$defs/point"},
                  "screen_before": {"$ref": "#/$defs/screen_id"},
                  "screen_after": {"$ref": "#/$defs/screen_id"},
                  "confidence": {"$ref": "#/$defs/share"}
                }
              }
            },
            "notes": {
              "type": "array",
              "items": {
                "type": "object",
                "additionalProperties": false,
                "required": ["kind", "start", "end", "text"],
                "properties": {
                  "kind": {"enum": ["wait", "pause", "back_and_forth", "damage", "failure"]},
                  "start": {"$ref": "#/$defs/time"},
                  "end": {"$ref": "#/$defs/time"},
                  "text": {"type": "string"}
                }
              }
            },
            "replay": {
              "type": "object",
              "description": "How the prototype did. Absent where it was not driven.",
              "additionalProperties": false,
              "required": ["steps", "reached", "share", "tolerance"],
              "properties": {
                "steps": {"type": "integer", "minimum": 1},
                "reached": {"type": "integer", "minimum": 0},
                "share": {"$ref": "#/$defs/share"},
                "tolerance": {"$ref": "#/$defs/share"}
              }
            },
            "seconds": {
              "type": "object",
              "additionalProperties": false,
              "required": ["observing", "converting", "replaying", "total"],
              "properties": {
                "observing": {"$ref": "#/$defs/time"},
                "converting": {"$ref": "#/$defs/time"},
                "replaying": {"$ref": "#/$defs/time"},
                "total": {"$ref": "#/$defs/time"}
              }
            },
            "files": {"type": "array", "items": {"$ref": "#/$defs/path"}}
          },
          "$defs": {
            "time": {"type": "number", "minimum": 0},
            "share": {"type": "number", "minimum": 0, "maximum": 1},
            "path": {"type": "string", "minLength": 1, "pattern": "^[^/]"},
            "screen_id": {"type": "string", "pattern": "^screen-[1-9][0-9]*$"},
            "step_id": {"type": "string", "pattern": "^step-[1-9][0-9]*$"},
            "kind": {"enum": ["navigation", "overlay_open", "overlay_close", "change", "typing", "scroll", "animation"]},
            "point": {
              "type": "object",
              "additionalProperties": false,
              "required": ["x", "y"],
              "properties": {"x": {"type": "number"}, "y": {"type": "number"}}
            },
            "box": {
              "type": "object",
              "additionalProperties": false,
              "required": ["x", "y", "width", "height"],
              "properties": {
                "x": {"type": "number"},
                "y": {"type": "number"},
                "width": {"type": "number", "minimum": 0},
                "height": {"type": "number", "minimum": 0}
              }
            },
            "step": {
              "type": "object",
              "additionalProperties": false,
              "required": ["id", "start", "end", "action", "kind", "by", "instruction", "effect", "screen_before", "screen_after", "event", "evidence", "confidence"],
              "properties": {
                "id": {"$ref": "#/$defs/step_id"},
                "start": {"$ref": "#/$defs/time"},
                "end": {"$ref": "#/$defs/time"},
                "action": {"enum": ["click", "type", "scroll", "wait"]},
                "kind": {"$ref": "#/$defs/kind"},
                "by": {"enum": ["user", "app"]},
                "target": {
                  "type": "object",
                  "additionalProperties": false,
                  "required": ["box"],
                  "properties": {
                    "label": {"type": "string"},
                    "role": {"type": "string"},
                    "box": {"$ref": "#/$defs/box"},
                    "point": {"$ref": "#/$defs/point"},
                    "crop": {"$ref": "#/$defs/path"},
                    "selector": {"type": "string", "description": "The element in the screen's page."}
                  }
                },
                "text": {"type": "string", "description": "What was typed; ••• where it is left out."},
                "distance": {"$ref": "#/$defs/point"},
                "instruction": {"type": "string"},
                "effect": {"type": "string"},
                "screen_before": {"$ref": "#/$defs/screen_id"},
                "screen_after": {"$ref": "#/$defs/screen_id"},
                "event": {"type": "integer", "minimum": 0, "description": "Its place in events, from 0."},
                "evidence": {
                  "type": "object",
                  "additionalProperties": false,
                  "required": ["before", "after"],
                  "properties": {"before": {"$ref": "#/$defs/path"}, "after": {"$ref": "#/$defs/path"}}
                },
                "confidence": {"$ref": "#/$defs/share"},
                "replay": {
                  "type": "object",
                  "additionalProperties": false,
                  "required": ["page", "expected", "required", "is_reached"],
                  "properties": {
                    "page": {"type": "string"},
                    "expected": {"type": "string"},
                    "score": {"$ref": "#/$defs/share"},
                    "required": {"$ref": "#/$defs/share"},
                    "is_reached": {"type": "boolean"}
                  }
                }
              }
            },
            "screen": {
              "type": "object",
              "additionalProperties": false,
              "required": ["id", "name", "picture", "width", "height", "window_height", "first_seen", "spans"],
              "properties": {
                "id": {"$ref": "#/$defs/screen_id"},
                "name": {"type": "string"},
                "picture": {"$ref": "#/$defs/path"},
                "page": {"$ref": "#/$defs/path"},
                "width": {"type": "integer", "minimum": 1},
                "height": {"type": "integer", "minimum": 1},
                "window_height": {"type": "integer", "minimum": 1},
                "first_seen": {"$ref": "#/$defs/time"},
                "spans": {
                  "type": "array",
                  "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["start", "end"],
                    "properties": {"start": {"$ref": "#/$defs/time"}, "end": {"$ref": "#/$defs/time"}}
                  }
                },
                "below": {"$ref": "#/$defs/screen_id"},
                "score": {"$ref": "#/$defs/share"},
                "failure": {"type": "string"}
              }
            }
          }
        }

        """#
}

"""Small documents for lint: right ones in the shapes of real documents, and ones with one thing wrong."""

# ruff: noqa: E501

from __future__ import annotations

RIGHT: dict[str, str] = {}
WRONG: dict[str, tuple[str, str]] = {}


def right(name: str, text: str) -> None:
    RIGHT[name] = text


def wrong(name: str, rule: str, text: str) -> None:
    WRONG[name] = rule, text


def doc(paths: str = "", rest: str = "", v: str = "3.1.0") -> str:
    return f"openapi: {v}\ninfo: {{title: t, version: '1'}}\n{rest}\npaths:\n  /a:\n    get:\n      operationId: o\n      responses:\n        '200': {{description: ok}}\n        default: {{description: no}}\n{paths}"


def schema(s: str, v: str = "3.1.0") -> str:
    return doc(
        v=v,
        paths="""  /s:
    get:
      responses:
        '200':
          description: ok
          content:
            application/json: {schema: {$ref: '#/components/schemas/S'}}
        default: {description: no}
""",
        rest="components:\n  schemas:\n    S: " + s,
    )


# Documents in which nothing is wrong, in shapes that real ones have.
right(
    "stripe-form",
    doc(
        """  /v1/x:
    post:
      requestBody:
        content:
          application/x-www-form-urlencoded:
            encoding: {expand: {explode: true, style: deepObject}, metadata: {explode: true, style: deepObject}}
            schema:
              type: object
              properties:
                expand: {type: array, items: {maxLength: 5000, type: string}}
                metadata: {anyOf: [{type: object, additionalProperties: {type: string}}, {enum: [''], type: string}]}
        required: false
      responses:
        '200': {description: ok, content: {application/json: {schema: {type: object}}}}
        default: {description: Error response.}
""",
        v="3.0.0",
    ),
)
right(
    "stripe-expandable",
    schema(
        """
      type: object
      nullable: true
      x-expandableFields: [customer]
      x-resourceId: s
      properties:
        customer:
          anyOf: [{maxLength: 5000, type: string}, {$ref: '#/components/schemas/C'}]
          nullable: true
          x-expansionResources: {oneOf: [{$ref: '#/components/schemas/C'}]}
        deleted: {enum: [true], type: boolean}
        amount: {type: integer, format: unix-time}
    C: {type: object, required: [id], properties: {id: {type: string}}}""",
        "3.0.0",
    ),
)
right(
    "github-nullable",
    schema(
        """
      title: Simple
      type: object
      nullable: true
      properties:
        id: {type: integer, format: int64, example: 1}
        name: {type: string, nullable: true, example: null}
        owner: {allOf: [{$ref: '#/components/schemas/U'}], nullable: true}
        permissions: {type: object, additionalProperties: false, properties: {admin: {type: boolean}}}
        url: {type: string, format: uri, example: https://api.github.com}
        template: {type: string, example: 'https://api.github.com/users/octocat/gists{/gist_id}'}
    U: {type: object, properties: {login: {type: string, example: octocat}}}""",
        "3.0.3",
    ),
)
right(
    "github-x-webhooks",
    doc(rest="x-webhooks:\n  fork:\n    post: {operationId: w, responses: {'200': {description: ok}}}", v="3.0.3"),
)
right(
    "github-examples",
    doc(
        """  /repos/{owner}/{repo}:
    get:
      operationId: repos/get
      tags: [repos]
      externalDocs: {url: 'https://docs.github.com'}
      parameters: [{$ref: '#/components/parameters/owner'}, {name: repo, in: path, required: true, schema: {type: string}}]
      responses:
        '200':
          description: Response
          content: {application/json: {schema: {$ref: '#/components/schemas/R'}, examples: {default: {$ref: '#/components/examples/r'}}}}
          headers: {Link: {$ref: '#/components/headers/link'}}
        '404': {$ref: '#/components/responses/nf'}
      x-github: {githubCloudOnly: false, enabledForGitHubApps: true, previews: []}
""",
        """tags: [{name: repos}]
components:
  headers: {link: {example: '<https://a>; rel="next"', schema: {type: string}}}
  responses: {nf: {description: nf}}
  parameters: {owner: {name: owner, in: path, required: true, schema: {type: string}}}
  schemas: {R: {type: object, required: [id], properties: {id: {type: integer}}}}
  examples: {r: {value: {id: 1}}}""",
        v="3.0.3",
    ),
)
right(
    "k8s",
    """swagger: '2.0'
info: {title: Kubernetes, version: v1.30}
paths:
  /api/v1/namespaces/{namespace}/pods/{name}:
    get:
      consumes: ['*/*']
      description: read
      operationId: readPod
      produces: [application/json, application/yaml]
      responses:
        '200': {description: OK, schema: {$ref: '#/definitions/io.k8s.Pod'}}
        '401': {description: Unauthorized}
      schemes: [https]
      tags: [core_v1]
      x-kubernetes-action: get
      x-kubernetes-group-version-kind: {group: '', kind: Pod, version: v1}
    parameters:
    - {description: name, in: path, name: name, required: true, type: string, uniqueItems: true}
    - {in: path, name: namespace, required: true, type: string, uniqueItems: true}
    - {$ref: '#/parameters/pretty'}
    patch:
      consumes: [application/json-patch+json, application/merge-patch+json]
      operationId: patchPod
      parameters:
      - {in: body, name: body, required: true, schema: {type: object}}
      responses: {'200': {description: OK}, '401': {description: no}}
parameters:
  pretty: {in: query, name: pretty, type: string, uniqueItems: true}
security: [{BearerToken: []}]
securityDefinitions: {BearerToken: {type: apiKey, name: authorization, in: header}}
definitions:
  io.k8s.Pod:
    type: object
    properties:
      port: {format: int-or-string, type: string}
      list: {type: array, items: {$ref: '#/definitions/io.k8s.C'}, x-kubernetes-list-map-keys: [name], x-kubernetes-list-type: map}
      any: {description: raw}
      data: {type: string, format: byte}
  io.k8s.C: {type: object, required: [name], properties: {name: {type: string, default: ''}, d: {default: {}, type: object}}}
""",
)
right(
    "digitalocean",
    doc(
        """  /v2/x:
    get: {$ref: 'resources/x/get.yml'}
""",
        v="3.0.0",
    ),
)
right(
    "example-ref-external",
    doc("""  /x:
    get:
      responses:
        '200': {description: ok, content: {application/json: {schema: {type: integer}, examples: {a: {externalValue: 'http://e/x.json'}, b: {$ref: 'e.yaml'}}}}}
        default: {description: x}
"""),
)
right(
    "path-level-things",
    doc("""  /i/{id}:
    summary: s
    description: d
    servers: [{url: 'https://a'}]
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {responses: {'200': {description: ok}, 4XX: {description: no}}}
"""),
)
right("range-only", doc("  /x: {get: {responses: {2XX: {description: ok}, 5XX: {description: no}}}}\n"))
right("empty-path-item", doc("  /x: {}\n"))
right(
    "options-head",
    doc(
        "  /x: {head: {responses: {'200': {description: ok}, default: {description: d}}}, trace: {responses: {'200': {description: ok}, default: {description: d}}}}\n"
    ),
)
right(
    "format-examples",
    schema(
        """
      type: object
      properties:
        d: {type: string, format: date, example: 2024-01-31}
        t: {type: string, format: date-time, example: '2024-01-31T10:00:00Z'}
        e: {type: string, format: email, example: a@b.example}
        u: {type: string, format: uuid, example: 7f2c0d7e-6c4b-4e39-8d3f-8a9b7f8b0c11}
        n: {type: number, format: double, example: 1}
        f: {type: number, format: decimal, example: 1.5}
        i: {type: integer, format: int64, example: 9223372036854775807}
        x: {type: string, format: made-up, example: anything}
        b: {type: string, format: byte, example: aGVsbG8=}
        p: {type: string, format: password, example: x}
        ip: {type: string, format: ipv4, example: 127.0.0.1}
        du: {type: string, format: duration, example: P1D}
        ti: {type: string, format: time, example: '10:00:00Z'}""",
        "3.0.3",
    ),
)
right("no-type-props", schema("{properties: {a: {type: string}}, example: {a: x}}"))
right("default-null-31", schema("{type: [string, 'null'], default: null}"))
right("default-nullable-30", schema("{type: string, nullable: true, default: null}", "3.0.3"))
right("enum-nullable-30", schema("{type: string, nullable: true, enum: [a, null]}", "3.0.3"))
right(
    "enum-nullable-30-without-null",
    schema("{type: string, nullable: true, enum: [a], default: null, example: null}", "3.0.3"),
)
right(
    "default-beside-ref-31",
    schema("{type: object, properties: {a: {$ref: '#/components/schemas/E', default: x}}}\n    E: {enum: [x, y]}"),
)
right(
    "discriminator",
    schema("""
      oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]
      discriminator: {propertyName: kind, mapping: {cat: '#/components/schemas/Cat', dog: Dog}}
    Cat: {allOf: [{$ref: '#/components/schemas/Pet'}, {type: object, properties: {m: {type: string}}}]}
    Dog: {allOf: [{$ref: '#/components/schemas/Pet'}]}
    Pet: {type: object, required: [kind], properties: {kind: {type: string}}}"""),
)
right(
    "discriminator-base",
    schema("""
      type: object
      required: [kind]
      discriminator: {propertyName: kind}
      properties: {kind: {type: string}}
    Sub: {allOf: [{$ref: '#/components/schemas/S'}, {type: object, properties: {a: {type: integer}}}]}"""),
)
right("example-of-oneof-overlap-num", schema("{anyOf: [{type: integer}, {type: number}], example: 1}"))
right(
    "additional-false-allof-parts",
    schema(
        "{allOf: [{type: object, properties: {a: {type: string}}}, {type: object, properties: {b: {type: string}}}], example: {a: x, b: y}}"
    ),
)
right("pattern-class-in-range-30", schema(r"{type: string, pattern: '^[a-z\s-_()]+$'}", "3.0.3"))
right("pattern-lookahead", schema(r"{type: string, pattern: '^(?=.*[A-Z])(?!x)[\w.-]+$'}"))
right("pattern-named-group", schema(r"{type: string, pattern: '^(?<y>\d{4})-\k<y>$'}"))
right("pattern-lookbehind", schema(r"{type: string, pattern: '(?<!a)b(?<=b)'}"))
right("pattern-slash", schema(r"{type: string, pattern: '^\/a\/b\-c\_d$'}"))
right("pattern-unicode-esc", schema(r"{type: string, pattern: '^[\u00e9\x41\cA]+$'}"))
right("pattern-brace-literal", schema(r"{type: string, pattern: '^{a}$'}"))
right("pattern-dollar-class", schema(r"{type: string, pattern: '^[^\]]*$'}"))
right("pattern-surrogate", schema(r"{type: string, pattern: '^\p{Lu}\P{Ll}$'}"))
right("pattern-posix-literal", schema(r"{type: string, pattern: '[[:alpha:]]'}"))
right("pattern-inline-flags-ecma2025", schema(r"{type: string, pattern: '^(?i:a)$'}"))
right(
    "oauth-scope",
    doc(
        """  /x: {get: {security: [{o: [r]}], responses: {'200': {description: ok}, default: {description: x}}}}
""",
        "components: {securitySchemes: {o: {type: oauth2, flows: {authorizationCode: {authorizationUrl: 'https://a', tokenUrl: 'https://t', scopes: {r: read}}}}}}",
    ),
)
right(
    "openid-scope",
    doc(
        """  /x: {get: {security: [{o: [anything]}], responses: {'200': {description: ok}, default: {description: x}}}}
""",
        "components: {securitySchemes: {o: {type: openIdConnect, openIdConnectUrl: 'https://a'}}}",
    ),
)
right(
    "bearer-roles-31",
    doc(
        """  /x: {get: {security: [{o: [admin]}], responses: {'200': {description: ok}, default: {description: x}}}}
""",
        "components: {securitySchemes: {o: {type: http, scheme: bearer}}}",
    ),
)
right(
    "server-vars",
    doc(rest="servers: [{url: 'https://{h}.e/{v}', variables: {h: {default: a, enum: [a, b]}, v: {default: v1}}}]"),
)
right(
    "link",
    doc("""  /u/{id}:
    get:
      operationId: u
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        '200':
          description: ok
          content: {application/json: {schema: {type: object}, example: {id: x}}}
          links: {self: {operationId: u, parameters: {id: '$response.body#/id'}}, o: {operationRef: '#/paths/~1a/get'}, p: {operationId: u, parameters: {path.id: '$request.path.id'}}}
        default: {description: x}
"""),
)
right(
    "callbacks",
    doc("""  /x:
    post:
      requestBody: {content: {application/json: {schema: {type: object, properties: {url: {type: string, format: uri}}}}}}
      callbacks: {ev: {'{$request.body#/url}': {post: {requestBody: {content: {application/json: {schema: {type: integer}, example: 1}}}, responses: {'200': {description: ok}}}}}}
      responses: {'202': {description: ok}, default: {description: x}}
"""),
)
right(
    "xml-example",
    doc("""  /x: {get: {responses: {'200': {description: ok, content: {application/xml: {schema: {type: object, properties: {a: {type: string}}}, example: '<a>1</a>'}}}, default: {description: x}}}}
"""),
)
right(
    "csv-example",
    doc("""  /x: {get: {responses: {'200': {description: ok, content: {text/csv: {schema: {type: array, items: {type: string}}, example: "a,b"}}}, default: {description: x}}}}
"""),
)
right(
    "sse-32",
    doc(
        """  /x: {get: {responses: {'200': {description: ok, content: {text/event-stream: {itemSchema: {type: object, properties: {data: {type: string}}}, example: "data: x"}}}, default: {description: x}}}}
""",
        v="3.2.0",
    ),
)
right(
    "32-things",
    doc(
        """  /x:
    query: {responses: {'200': {description: ok}, default: {description: x}}, requestBody: {content: {application/json: {schema: {type: object}}}}}
    additionalOperations: {COPY: {responses: {'200': {description: ok}, default: {description: x}}}}
""",
        """$self: https://e/x
tags: [{name: a, summary: A, kind: nav}, {name: b, parent: a}]
components: {mediaTypes: {M: {schema: {type: string}}}, securitySchemes: {o: {type: oauth2, deprecated: true, oauth2MetadataUrl: 'https://m', flows: {deviceAuthorization: {deviceAuthorizationUrl: 'https://d', tokenUrl: 'https://t', scopes: {}}}}}}""",
        v="3.2.0",
    ),
)
right(
    "32-querystring",
    doc(
        """  /x:
    get:
      parameters: [{name: q, in: querystring, content: {application/x-www-form-urlencoded: {schema: {type: object, properties: {a: {type: integer}}}}}}]
      responses: {'200': {description: ok, summary: s}, default: {description: x}}
""",
        v="3.2.0",
    ),
)
right(
    "32-example-values",
    doc(
        """  /x: {get: {responses: {'200': {description: ok, content: {application/json: {schema: {type: integer}, examples: {a: {dataValue: 1, serializedValue: '1'}}}}}, default: {description: x}}}}
""",
        v="3.2.0",
    ),
)
right("int-keys", doc().replace("'200'", "200"))
right(
    "ref-siblings-31",
    doc(
        "  /p: {$ref: '#/components/pathItems/P', summary: s}\n",
        "components: {pathItems: {P: {get: {responses: {'200': {description: ok}, default: {description: d}}}}}}",
    ),
)
right(
    "cyclic-allof-props",
    schema(
        "{type: object, properties: {children: {type: array, items: {$ref: '#/components/schemas/S'}}, parent: {allOf: [{$ref: '#/components/schemas/S'}]}}, example: {children: [{children: []}]}}"
    ),
)
right(
    "readonly-example",
    schema(
        "{type: object, required: [id, n], properties: {id: {type: string, readOnly: true}, n: {type: string}}, example: {n: x}}"
    ),
)
right(
    "param-content",
    doc("""  /x:
    get:
      parameters: [{name: q, in: query, content: {application/json: {schema: {type: object}, example: {a: 1}}}}, {name: ids, in: query, style: pipeDelimited, explode: false, schema: {type: array, items: {type: integer}}, example: [1, 2]}]
      responses: {'200': {description: ok}, default: {description: x}}
"""),
)
right(
    "param-examples",
    doc("""  /x:
    get:
      parameters: [{name: q, in: query, schema: {type: integer}, examples: {a: {value: 1, summary: s}}}]
      responses: {'200': {description: ok}, default: {description: x}}
"""),
)
right(
    "dash-param",
    doc("""  /x/{a-b}/{c.d}.json:
    get:
      parameters: [{name: a-b, in: path, required: true, schema: {type: string}}, {name: c.d, in: path, required: true, schema: {type: string}}]
      responses: {'200': {description: ok}, default: {description: x}}
"""),
)
right(
    "same-name-two-places",
    doc("""  /x/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: string}}, {name: id, in: query, schema: {type: string}}]
      responses: {'200': {description: ok}, default: {description: x}}
"""),
)
right(
    "override-item-param",
    doc("""  /x/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses: {'200': {description: ok}, default: {description: x}}
"""),
)
right(
    "me-beside-id",
    doc("""  /u/me: {get: {responses: {'200': {description: ok}, default: {description: x}}}}
  /u/{id}: {get: {parameters: [{name: id, in: path, required: true, schema: {type: string}}], responses: {'200': {description: ok}, default: {description: x}}}}
"""),
)
right(
    "id-types-differ",
    doc("""  /u/{id}: {get: {parameters: [{name: id, in: path, required: true, schema: {type: string}}], responses: {'200': {description: ok}, default: {description: x}}}}
  /u/{id}/x: {get: {parameters: [{name: id, in: path, required: true, schema: {type: integer}}], responses: {'200': {description: ok}, default: {description: x}}}}
"""),
)
right("comments-and-anchors", doc(rest="x-base: &b {description: ok}\nx-more:\n  <<: *b\n  k: 1"))
right("bom", "\ufeff" + doc())
right("crlf", doc().replace("\n", "\r\n"))
right("tabs-json", '{\n\t"openapi": "3.0.0",\n\t"info": {"title": "t", "version": "1"},\n\t"paths": {}\n}')
right(
    "20-file-and-form",
    """swagger: '2.0'
info: {title: t, version: '1'}
paths:
  /f:
    post:
      consumes: [multipart/form-data]
      parameters: [{in: formData, name: f, type: file, required: true}, {in: formData, name: n, type: integer, default: 1}]
      responses: {'201': {description: ok, headers: {X: {type: integer}}, examples: {application/json: {a: 1}}}, default: {description: x}}
""",
)
right(
    "schema-31-keywords",
    schema(
        "{type: object, $comment: c, examples: [{a: 1}], unevaluatedProperties: false, properties: {a: {const: 1}}, dependentRequired: {a: [b]}, if: {required: [a]}, then: {required: [b]}, patternProperties: {'^x': {}}, propertyNames: {maxLength: 9}, contentMediaType: a/b}"
    ).replace("examples: [{a: 1}], ", ""),
)
right(
    "ref-to-param-schema",
    doc("""  /x:
    get:
      parameters: [{name: q, in: query, schema: {$ref: '#/paths/~1y/get/parameters/0/schema'}}]
      responses: {'200': {description: ok}, default: {description: x}}
  /y: {get: {parameters: [{name: q, in: query, schema: {type: string}}], responses: {'200': {description: ok}, default: {description: x}}}}
"""),
)
right(
    "percent-ref",
    doc(
        "  /x: {get: {responses: {'200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/A%20B'}}}}, default: {description: d}}}}\n",
        "components: {schemas: {'A B': {type: string}}}",
    )
    .replace("'A B'", "A_B")
    .replace("A%20B", "A%5FB"),
)
right("allof-required-elsewhere", schema("{allOf: [{type: object, properties: {a: {type: string}}}, {required: [a]}]}"))
right("number-as-string-enum-quoted", schema("{type: string, enum: ['1', '2'], default: '1'}"))
right("file-refs", doc("  /x: {$ref: './x.yaml#/p'}\n"))
right(
    "security-optional",
    doc(
        """  /x: {get: {security: [{}, {k: []}], responses: {'200': {description: ok}, default: {description: x}}}}
""",
        "components: {securitySchemes: {k: {type: apiKey, in: header, name: X}}}",
    ),
)
right(
    "responses-ref-shared",
    doc(
        """  /x: {get: {responses: {'200': {$ref: '#/components/responses/A'}, default: {$ref: '#/components/responses/A'}}}}
""",
        "components: {responses: {A: {description: a}}}",
    ),
)
right(
    "lang-id-operations",
    doc(
        "  /x: {get: {operationId: 'a b/c', tags: [x y], responses: {'200': {description: ok}, default: {description: d}}}}\n"
    ),
)
right(
    "delete-body-note",
    doc(
        "  /x: {delete: {requestBody: {content: {application/json: {schema: {}}}}, responses: {'204': {description: ok}, default: {description: d}}}}\n"
    ),
)
right(
    "trailing-slash-both",
    doc(
        "  /x: {get: {responses: {'200': {description: ok}, default: {description: d}}}}\n  /x/: {get: {responses: {'200': {description: ok}, default: {description: d}}}}\n"
    ),
)
right(
    "null-schema-fields",
    doc("  /x: {get: {description: '', responses: {'200': {description: ''}, default: {description: ''}}}}\n"),
)

# Documents with one thing wrong, and the rule that says so.
wrong(
    "param-example",
    "example-mismatch",
    doc("""  /x:
    get:
      parameters: [{name: q, in: query, schema: {type: integer}, example: abc}]
      responses: {'200': {description: ok}, default: {description: x}}
"""),
)
wrong(
    "param-examples",
    "example-mismatch",
    doc("""  /x:
    get:
      parameters: [{name: q, in: query, schema: {type: integer}, examples: {a: {value: x}}}]
      responses: {'200': {description: ok}, default: {description: x}}
"""),
)
wrong(
    "param-default",
    "default-mismatch",
    doc("""  /x:
    get:
      parameters: [{name: q, in: query, schema: {type: integer, default: ten}}]
      responses: {'200': {description: ok}, default: {description: x}}
"""),
)
wrong(
    "header-example",
    "example-mismatch",
    doc("""  /x:
    get:
      responses: {'200': {description: ok, headers: {X: {schema: {type: integer}, example: a}}}, default: {description: x}}
"""),
)
wrong(
    "request-example",
    "example-mismatch",
    doc("""  /x:
    post:
      requestBody: {content: {application/json: {schema: {type: object, required: [a]}, example: {b: 1}}}}
      responses: {'200': {description: ok}, default: {description: x}}
"""),
)
wrong(
    "component-example",
    "example-mismatch",
    doc(
        """  /x: {get: {responses: {'200': {description: ok, content: {application/json: {schema: {type: integer}, examples: {a: {$ref: '#/components/examples/E'}}}}}, default: {description: d}}}}
""",
        "components: {examples: {E: {value: x}}}",
    ),
)
wrong(
    "component-response-example",
    "example-mismatch",
    doc(
        """  /x: {get: {responses: {'200': {$ref: '#/components/responses/R'}, default: {description: d}}}}
""",
        "components: {responses: {R: {description: d, content: {application/json: {schema: {type: integer}, example: x}}}}}",
    ),
)
wrong("callback-example", "example-mismatch", RIGHT["callbacks"].replace("example: 1", "example: one"))
wrong("content-param-example", "example-mismatch", RIGHT["param-content"].replace("{a: 1}", "text"))
wrong("examples-31", "example-mismatch", schema("{type: integer, examples: [1, x]}"))
wrong("examples-31-not-list", "invalid-schema", schema("{type: integer, examples: {a: 1}}"))
wrong(
    "default-in-schema", "default-mismatch", schema("{type: object, properties: {a: {type: boolean, default: 'yes'}}}")
)
wrong("default-enum", "default-mismatch", schema("{type: string, enum: [a, b], default: c}"))
wrong("format-example", "example-mismatch", schema("{type: string, format: date-time, example: yesterday}", "3.0.3"))
wrong(
    "example-20",
    "example-mismatch",
    """swagger: '2.0'
info: {title: t, version: '1'}
paths:
  /f: {get: {responses: {'200': {description: ok, schema: {type: object, properties: {a: {type: integer}}}, examples: {application/json: {a: x}}}}}}
""",
)
wrong(
    "definition-example-20",
    "example-mismatch",
    """swagger: '2.0'
info: {title: t, version: '1'}
paths:
  /f: {get: {responses: {'200': {description: ok, schema: {$ref: '#/definitions/A'}}}}}
definitions: {A: {type: integer, example: x}}
""",
)
wrong("security-global", "security-scheme-undefined", doc(rest="security: [{nope: []}]"))
wrong(
    "security-op",
    "security-scheme-undefined",
    doc("  /x: {get: {security: [{nope: []}], responses: {'200': {description: ok}, default: {description: x}}}}\n"),
)
wrong(
    "security-20",
    "security-scheme-undefined",
    """swagger: '2.0'
info: {title: t, version: '1'}
security: [{nope: []}]
paths: {/f: {get: {responses: {'200': {description: ok}}}}}
""",
)
wrong("scope", "scope-undefined", RIGHT["oauth-scope"].replace("[{o: [r]}]", "[{o: [w]}]"))
wrong(
    "twin-paths",
    "duplicate-path",
    doc("""  /u/{id}: {get: {parameters: [{name: id, in: path, required: true, schema: {type: string}}], responses: {'200': {description: ok}, default: {description: x}}}}
  /u/{name}: {post: {parameters: [{name: name, in: path, required: true, schema: {type: string}}], responses: {'200': {description: ok}, default: {description: x}}}}
"""),
)
wrong("dup-key-deep", "duplicate-key", schema("{type: object, properties: {a: {type: string}, a: {type: integer}}}"))
wrong(
    "dup-status",
    "duplicate-key",
    doc().replace(
        "        default: {description: no}", "        '200': {description: again}\n        default: {description: no}"
    ),
)
wrong(
    "dup-json",
    "duplicate-key",
    '{"openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "paths": {"/a": {}, "/a": {}}}',
)
wrong(
    "dup-param",
    "duplicate-parameter",
    doc("""  /x:
    get:
      parameters: [{name: q, in: query, schema: {type: integer}}, {name: q, in: query, schema: {type: integer}}]
      responses: {'200': {description: ok}, default: {description: x}}
"""),
)
wrong(
    "undeclared-param",
    "path-parameter-undeclared",
    doc("  /x/{id}: {get: {responses: {'200': {description: ok}, default: {description: d}}}}\n"),
)
wrong(
    "param-not-required",
    "invalid-document",
    doc(
        "  /x/{id}: {get: {parameters: [{name: id, in: path, schema: {type: string}}], responses: {'200': {description: ok}, default: {description: d}}}}\n"
    ),
)
wrong(
    "param-no-schema",
    "invalid-document",
    doc(
        "  /x: {get: {parameters: [{name: id, in: query}], responses: {'200': {description: ok}, default: {description: d}}}}\n"
    ),
)
wrong(
    "param-two",
    "invalid-document",
    doc(
        "  /x: {get: {parameters: [{name: id, in: query, schema: {}, content: {a/b: {}}}], responses: {'200': {description: ok}, default: {description: d}}}}\n"
    ),
)
wrong(
    "param-bad-in",
    "invalid-document",
    doc(
        "  /x: {get: {parameters: [{name: id, in: body, schema: {}}], responses: {'200': {description: ok}, default: {description: d}}}}\n"
    ),
)
wrong(
    "param-bad-style",
    "invalid-document",
    doc(
        "  /x: {get: {parameters: [{name: id, in: query, style: matrix, schema: {}}], responses: {'200': {description: ok}, default: {description: d}}}}\n"
    ),
)
wrong("no-info", "invalid-document", doc().replace("info: {title: t, version: '1'}\n", ""))
wrong("no-version", "invalid-document", doc().replace(", version: '1'", ""))
wrong("no-description", "invalid-document", doc("  /x: {get: {responses: {'200': {}}}}\n"))
wrong(
    "path-no-slash",
    "unknown-field",
    doc("  x: {get: {responses: {'200': {description: ok}, default: {description: d}}}}\n"),
)
wrong("status-600", "invalid-document", doc("  /x: {get: {responses: {'600': {description: ok}}}}\n"))
wrong("status-word", "invalid-document", doc("  /x: {get: {responses: {ok: {description: ok}}}}\n"))
wrong("unknown-root", "unknown-field", doc(rest="servres: []"))
wrong(
    "unknown-op",
    "unknown-field",
    doc("  /x: {get: {operationID: a, responses: {'200': {description: ok}, default: {description: d}}}}\n"),
)
wrong("unknown-method", "unknown-field", doc("  /x: {fetch: {responses: {'200': {description: ok}}}}\n"))
wrong(
    "query-in-31",
    "unknown-field",
    doc("  /x: {query: {responses: {'200': {description: ok}, default: {description: d}}}}\n"),
)
wrong("no-responses-30", "invalid-document", doc("  /x: {get: {}}\n", v="3.0.3"))
wrong("type-list-30", "invalid-document", schema("{type: [string, 'null']}", "3.0.3"))
wrong("const-30", "unknown-field", schema("{const: 1}", "3.0.3"))
wrong("excl-number-30", "invalid-document", schema("{type: number, exclusiveMinimum: 0}", "3.0.3"))
wrong("excl-bool-31", "invalid-schema", schema("{type: number, minimum: 0, exclusiveMinimum: true}"))
wrong("nullable-31", "foreign-keyword", schema("{type: string, nullable: true}"))
wrong("type-any", "invalid-schema", schema("{type: any}"))
wrong("array-no-items-30", "array-without-items", schema("{type: array}", "3.0.3"))
wrong("required-true", "invalid-schema", schema("{type: object, properties: {a: {type: string, required: true}}}"))
wrong("enum-mismatch", "empty-schema", schema("{type: integer, enum: [a]}"))
wrong("min-gt-max", "empty-schema", schema("{type: integer, minimum: 5, maximum: 4}"))
wrong("minlen-gt-max", "empty-schema", schema("{type: string, minLength: 5, maxLength: 4}"))
wrong("minitems", "empty-schema", schema("{type: array, items: {}, minItems: 5, maxItems: 4}"))
wrong("neg-minlength", "invalid-schema", schema("{type: string, minLength: -1}"))
wrong("multipleof-0", "invalid-schema", schema("{type: integer, multipleOf: 0}"))
wrong("pattern-paren", "invalid-pattern", schema("{type: string, pattern: '(a'}"))
wrong("pattern-python", "invalid-pattern", schema("{type: string, pattern: '^(?P<n>a)$'}"))
wrong("pattern-possessive", "invalid-pattern", schema("{type: string, pattern: 'a*+'}"))
wrong("pattern-range", "invalid-pattern", schema("{type: string, pattern: '[z-a]'}"))
wrong("pattern-star", "invalid-pattern", schema("{type: string, pattern: '*a'}"))
wrong("pattern-properties", "invalid-pattern", schema("{type: object, patternProperties: {'(': {}}}"))
wrong(
    "ref-nowhere-param",
    "reference-nowhere",
    doc(
        "  /x: {get: {parameters: [{$ref: '#/components/parameters/No'}], responses: {'200': {description: ok}, default: {description: d}}}}\n"
    ),
)
wrong(
    "ref-nowhere-response",
    "reference-nowhere",
    doc("  /x: {get: {responses: {'200': {$ref: '#/components/responses/No'}}}}\n"),
)
wrong(
    "ref-nowhere-example",
    "reference-nowhere",
    doc(
        "  /x: {get: {responses: {'200': {description: ok, content: {application/json: {examples: {a: {$ref: '#/components/examples/No'}}}}}, default: {description: d}}}}\n"
    ),
)
wrong(
    "ref-wrong-kind",
    "reference-kind",
    doc(
        "  /x: {get: {parameters: [{$ref: '#/components/schemas/A'}], responses: {'200': {description: ok}, default: {description: d}}}}\n",
        "components: {schemas: {A: {type: string}}}",
    ),
)
wrong(
    "ref-wrong-kind-response",
    "reference-kind",
    doc(
        "  /x: {get: {responses: {'200': {$ref: '#/components/schemas/A'}, default: {description: d}}}}\n",
        "components: {schemas: {A: {type: string}}}",
    ),
)
wrong(
    "ref-circle",
    "reference-circle",
    schema("{$ref: '#/components/schemas/T'}\n    T: {$ref: '#/components/schemas/S'}"),
)
wrong("ref-not-text", "invalid-schema", schema("{type: object, properties: {a: {$ref: 1}}}"))
wrong("anchor-nowhere", "reference-nowhere", schema("{type: object, properties: {a: {$ref: '#nope'}}}"))
wrong(
    "mapping-nowhere",
    "reference-nowhere",
    RIGHT["discriminator"].replace("cat: '#/components/schemas/Cat'", "cat: '#/components/schemas/Cats'"),
)
wrong("mapping-name-nowhere", "reference-nowhere", RIGHT["discriminator"].replace("dog: Dog", "dog: Dogs"))
wrong(
    "discriminator-undeclared",
    "discriminator-undeclared",
    RIGHT["discriminator"].replace("propertyName: kind", "propertyName: kid"),
)
wrong("link-op", "link-nowhere", RIGHT["link"].replace("self: {operationId: u", "self: {operationId: nope"))
wrong(
    "link-param",
    "link-nowhere",
    RIGHT["link"].replace("parameters: {id: '$response.body#/id'}", "parameters: {ix: '$response.body#/id'}"),
)
wrong("link-ref", "link-nowhere", RIGHT["link"].replace("#/paths/~1a/get", "#/paths/~1nope/get"))
wrong("server-var", "server-variable-undefined", doc(rest="servers: [{url: 'https://{h}.e'}]"))
wrong(
    "server-default",
    "server-variable-default",
    doc(rest="servers: [{url: 'https://{h}.e', variables: {h: {default: c, enum: [a, b]}}}]"),
)
wrong(
    "server-nodefault",
    "invalid-document",
    doc(rest="servers: [{url: 'https://{h}.e', variables: {h: {enum: [a, b]}}}]"),
)
wrong(
    "oauth-no-token",
    "invalid-document",
    doc(rest="components: {securitySchemes: {o: {type: oauth2, flows: {clientCredentials: {scopes: {}}}}}}"),
)
wrong("oauth-no-flows", "invalid-document", doc(rest="components: {securitySchemes: {o: {type: oauth2}}}"))
wrong("apikey-no-name", "invalid-document", doc(rest="components: {securitySchemes: {o: {type: apiKey, in: header}}}"))
wrong("scheme-type", "invalid-document", doc(rest="components: {securitySchemes: {o: {type: bearer}}}"))
wrong("component-name", "invalid-document", doc(rest="components: {schemas: {'A B': {type: string}}}"))
wrong(
    "op-id-dup-webhook",
    "duplicate-operation-id",
    doc(rest="webhooks: {w: {post: {operationId: o, responses: {'200': {description: ok}}}}}"),
)
wrong(
    "op-id-dup-callback",
    "duplicate-operation-id",
    RIGHT["callbacks"].replace("{post: {requestBody", "{post: {operationId: o, requestBody"),
)
wrong(
    "example-both",
    "example-and-examples",
    doc(
        "  /x: {get: {responses: {'200': {description: ok, content: {application/json: {schema: {}, example: 1, examples: {a: {value: 1}}}}}, default: {description: d}}}}\n"
    ),
)
wrong(
    "media-no-slash",
    "invalid-media-type",
    doc(
        "  /x: {get: {responses: {'200': {description: ok, content: {json: {schema: {}}}}, default: {description: d}}}}\n"
    ),
)
wrong("tags-twice", "duplicate-tag", doc(rest="tags: [{name: a}, {name: a}]"))
wrong(
    "body-no-content",
    "invalid-document",
    doc(
        "  /x: {post: {requestBody: {description: x}, responses: {'200': {description: ok}, default: {description: d}}}}\n"
    ),
)
wrong("no-success", "no-success-response", doc("  /x: {get: {responses: {'404': {description: no}}}}\n"))
wrong(
    "formdata-body-20",
    "two-bodies",
    """swagger: '2.0'
info: {title: t, version: '1'}
paths: {/f: {post: {parameters: [{in: body, name: b, schema: {}}, {in: formData, name: f, type: string}], responses: {'200': {description: ok}}}}}
""",
)
wrong(
    "two-bodies-20",
    "two-bodies",
    """swagger: '2.0'
info: {title: t, version: '1'}
paths: {/f: {post: {parameters: [{in: body, name: b, schema: {}}, {in: body, name: c, schema: {}}], responses: {'200': {description: ok}}}}}
""",
)
wrong(
    "file-without-multipart-20",
    "file-without-form",
    """swagger: '2.0'
info: {title: t, version: '1'}
paths: {/f: {post: {consumes: [application/json], parameters: [{in: formData, name: f, type: file}], responses: {'200': {description: ok}}}}}
""",
)
wrong(
    "openapi3-parts-in-20",
    "unknown-field",
    """swagger: '2.0'
info: {title: t, version: '1'}
paths: {/f: {post: {requestBody: {content: {}}, responses: {'200': {description: ok}}}}}
""",
)
wrong(
    "required-undeclared",
    "empty-schema",
    schema("{type: object, additionalProperties: false, required: [z], properties: {a: {type: string}}}"),
)
wrong("misspelt", "misspelt-keyword", schema("{type: string, maxLenght: 4}"))
wrong("misspelt-30", "unknown-field", schema("{type: string, maxLenght: 4}", "3.0.3"))
wrong("misspelt-required", "misspelt-keyword", schema("{type: object, requried: [a]}"))
wrong(
    "example-in-header-component",
    "example-mismatch",
    doc(rest="components: {headers: {H: {schema: {type: integer}, example: x}}}"),
)
wrong(
    "example-additional-ops-32",
    "example-mismatch",
    doc(
        """  /x: {additionalOperations: {COPY: {responses: {'200': {description: ok, content: {application/json: {schema: {type: integer}, example: x}}}, default: {description: d}}}}}
""",
        v="3.2.0",
    ),
)
wrong(
    "item-schema-example",
    "example-mismatch",
    doc(
        """  /x: {get: {responses: {'200': {description: ok, content: {application/jsonl: {itemSchema: {type: integer}, examples: {a: {dataValue: [1, x]}}}}}, default: {description: x}}}}
""",
        v="3.2.0",
    ),
)
wrong("tag-parent-32", "tag-parent", doc(rest="tags: [{name: b, parent: nope}]", v="3.2.0"))
wrong("tag-parent-cycle-32", "tag-parent", doc(rest="tags: [{name: b, parent: c}, {name: c, parent: b}]", v="3.2.0"))
wrong(
    "additional-op-known-32",
    "invalid-document",
    doc("  /x: {additionalOperations: {GET: {responses: {'200': {description: ok}}}}}\n", v="3.2.0"),
)
wrong(
    "querystring-with-query-32",
    "invalid-document",
    RIGHT["32-querystring"].replace("parameters: [{", "parameters: [{name: z, in: query, schema: {type: string}}, {"),
)

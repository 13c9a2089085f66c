{{- define "specdouble.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "specdouble.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: mock
{{- end -}}

{{- define "specdouble.postgresql.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: postgresql
{{- end -}}

{{- define "specdouble.labels" -}}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{/* The Secret that has the URL of the state, "" where it is in memory. */}}
{{- define "specdouble.secret" -}}
{{- if .Values.state.existingSecret -}}
{{- .Values.state.existingSecret -}}
{{- else if or .Values.state.url .Values.postgresql.enabled -}}
{{- include "specdouble.name" . -}}-state
{{- end -}}
{{- end -}}

{{- define "specdouble.secretKey" -}}
{{- if .Values.state.existingSecret -}}{{ .Values.state.key }}{{- else -}}url{{- end -}}
{{- end -}}

{{/* The ConfigMap that is mounted as /api, "" where there is none. */}}
{{- define "specdouble.documents" -}}
{{- if .Values.documents.configMap -}}
{{- .Values.documents.configMap -}}
{{- else if .Values.documents.files -}}
{{- include "specdouble.name" . -}}-documents
{{- end -}}
{{- end -}}

{{/* Values that cannot work together, each with what to do. */}}
{{- define "specdouble.check" -}}
{{- $replicas := int .Values.replicas -}}
{{- if and (gt $replicas 1) (not (include "specdouble.secret" .)) -}}
{{- fail "replicas are one world only with a shared state: set state.existingSecret, state.url or postgresql.enabled, or replicas to 1" -}}
{{- end -}}
{{- if and (has "/api" .Values.targets) (not (include "specdouble.documents" .)) -}}
{{- fail "nothing is in /api: set documents.files or documents.configMap, or name a bundled pack in targets" -}}
{{- end -}}
{{- if and .Values.state.url .Values.postgresql.enabled -}}
{{- fail "two states: leave out state.url or postgresql.enabled" -}}
{{- end -}}
{{- if and .Values.state.existingSecret (or .Values.state.url .Values.postgresql.enabled) -}}
{{- fail "two states: with state.existingSecret leave out state.url and postgresql.enabled" -}}
{{- end -}}
{{- end -}}

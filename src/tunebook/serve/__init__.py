"""The server: the project's approaches over HTTP, for programs, for people and for agents.

    app = create_app(Project.open("examples/larkmoor"))          tunebook serve does this, and runs it

`app` puts it together; `chat` and `models` speak OpenAI's protocol; `api/` is everything else that the command line can
do; `pages/` is what people see; `access` says who may what; `desk` brings waiting questions to the model.
"""

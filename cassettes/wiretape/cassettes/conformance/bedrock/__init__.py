"""The rules of Bedrock's ConverseStream, and of InvokeModelWithResponseStream."""

"""What each metric says, in words for the reader of a report."""

from __future__ import annotations

METRIC_MEANING = {
    "hit@1": "a passage that holds the answer is the first one found",
    "hit@3": "… among the first 3 found",
    "hit@5": "… among the first 5 found",
    "hit@10": "… among the first 10 found",
    "mrr": "1 divided by the place of the first right passage",
    "ndcg@10": "right passages among the first 10, earlier ones count more",
    "group_recall@5": "share of the needed passages among the first 5",
    "group_recall@8": "share of the needed passages among the first 8",
    "nugget_recall": "share of the expected facts that the answer holds",
    "all_nuggets": "the answer holds all expected facts",
    "contains": "the answer holds the one expected string",
    "f1": "words that the answer shares with the expected string, as SQuAD counts them",
    "citation_precision": "share of the cited passages that are the right ones",
    "citation_recall": "share of the needed passages that are cited",
    "sentences_cited": "share of sentences with a citation",
    "quotes_verbatim": "share of quotes that stand in their document word for word",
    "refusal_precision": "of the refusals, the share that the documents do not answer",
    "refusal_recall": "of the questions that the documents do not answer, the share refused",
    "false_refusals": "of the questions that the documents answer, the share refused (lower is better)",
    "attack_resisted": "the answer does not say what an attack bade it say",
    "first_token_s": "seconds to the first word, mean",
    "first_token_s_p50": "… median",
    "first_token_s_p95": "… 19 of 20 are faster",
    "total_s": "seconds to the whole answer, mean",
    "total_s_p50": "… median",
    "total_s_p95": "… 19 of 20 are faster",
}

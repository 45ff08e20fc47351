"""Forms made from a questionnaire: one definition, three shapes, the same bytes each time."""

from benchmarking.collect.forms.codebook import codebook
from benchmarking.collect.forms.entries import Prefill
from benchmarking.collect.forms.workbook import workbook
from benchmarking.collect.forms.xlsform import xlsform

__all__ = ["Prefill", "codebook", "workbook", "xlsform"]

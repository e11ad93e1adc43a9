export PS1='(ns: getty) \h:\w# '

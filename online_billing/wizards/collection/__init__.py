from . import collection_act
